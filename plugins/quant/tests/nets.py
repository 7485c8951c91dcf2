"""Small networks for the tests: one with everything that deploys, and users' own with what no plan foresees."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Block(nn.Module):
    """A residual block, its shortcut a projection where the width changes."""

    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(width, out, 3, padding=1, bias=False), nn.BatchNorm2d(out)
        self.conv2, self.bn2 = nn.Conv2d(out, out, 3, padding=1, bias=False), nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        projection = nn.Sequential(nn.Conv2d(width, out, 1, bias=False), nn.BatchNorm2d(out))
        self.shortcut = nn.Identity() if width == out else projection

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += self.shortcut(x)
        return self.relu(y)


class Residual(nn.Module):
    """Stem, two blocks, head, for images (N, 1, 8, 8)."""

    def __init__(self, channels: int = 1, width: int = 16) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU6()
        )
        self.block1, self.block2 = Block(width, width), Block(width, 2 * width)
        self.pool, self.head = nn.MaxPool2d(2), nn.Linear(2 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.block2(self.pool(self.block1(self.stem(x))))
        return self.head(x.mean((2, 3)))


class Branches(nn.Module):
    """Concatenation, a gate, a shared convolution and a shape that Python looks at."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.down, self.up = nn.Linear(8, 2), nn.Linear(2, 8)
        self.norm, self.out = nn.GroupNorm(2, 8), nn.Conv2d(8, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.a(x))
        if x.shape[-1] % 2:
            raise ValueError("odd")
        x = torch.cat([self.b(x), F.silu(self.b(self.b(x)))], 1)
        gate = torch.sigmoid(self.up(F.relu(self.down(x.mean((2, 3))))))
        return self.out(self.norm(x * gate[:, :, None, None])).amax((2, 3))


class PreActivated(nn.Module):
    """Batch norms before convolutions, which nothing folds, and a ReLU that two read."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 6, 3, padding=1)
        self.bn, self.conv = nn.BatchNorm2d(6), nn.Conv2d(6, 6, 3, padding=1)
        self.side, self.head = nn.Conv2d(6, 6, 1), nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        y = F.relu(self.bn(x))
        x = x + self.conv(y) - self.side(y)
        return self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))


NETS = (Residual, Branches, PreActivated)


def made(net: type[nn.Module]) -> nn.Module:
    """Return a network whose batch norms have seen images, in evaluation mode."""
    model = net()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.2)
    with torch.no_grad():
        for _ in range(20):
            model.train()(torch.randn(32, 1, 8, 8))
    return model.eval()
