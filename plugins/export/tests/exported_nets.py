"""A network of a user's own, which knows nothing of fgspace."""

import torch
from torch import Tensor, nn


class TokenClassifier(nn.Module):
    """Embeds tokens, attends twice, and puts out one number a class."""

    def __init__(self, width: int = 16, heads: int = 4, classes: int = 5) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, width)
        self.place = nn.Parameter(torch.randn(1, 6, width))
        layer = nn.TransformerEncoderLayer(width, heads, 32, dropout=0.0, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(width, classes)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.layers(self.embedding(tokens) + self.place).mean(1))


class Branches(nn.Module):
    """Two convolutions on an image, one upon the other, with a norm between them."""

    def __init__(self, width: int = 8, classes: int = 3) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 1)
        self.head = nn.Linear(width, classes)

    def forward(self, image: Tensor) -> Tensor:
        return self.head(torch.relu(self.second(torch.relu(self.norm(self.first(image))))).mean((2, 3)))
