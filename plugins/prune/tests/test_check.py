"""Code that assumes a number of channels is an error that names its line, and pruning changes nothing else."""

import inspect
import warnings

import pytest
import torch
from fgspace_prune.finding import plan
from fgspace_prune.process import Prune, PruneWarning
from messages import refused
from torch import Tensor, nn
from traps import Net, conv

IMAGE = (3, 12, 12)
HALF = {"masks": {"stem.0": [1, 0] * 4}}


class HardCoded(Net):
    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x).mean((2, 3))
        x = x.view(-1, 8)
        return self.head(x)


class HardCodedReshape(Net):
    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x).mean((2, 3))
        return self.head(x.reshape(2, 8))


class CountsChannels(Net):
    def body(self, x: Tensor) -> Tensor:
        return x / x.shape[1]


class CountsChannelsInItsShape(Net):
    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.stem(x)
        return [self.head(x.mean((2, 3))), torch.ones(x.shape[1])]


class Unknown(Net):
    def __init__(self):
        super().__init__()
        self.a = conv(8, 8)

    def body(self, x: Tensor) -> Tensor:
        return torch.fft.ifft2(torch.fft.fft2(self.a(x))).real


class Outputs:
    def __init__(self, **maps):
        self.maps = maps


class PutsOutObjects(Net):
    def forward(self, x: Tensor) -> Outputs:
        return Outputs(features=[self.stem(x)])


class Refuses(Net):
    def body(self, x: Tensor) -> Tensor:
        if x.shape[1] != 8:
            raise NotImplementedError
        return x


def line_of(net, text, method="forward"):
    lines, first = inspect.getsourcelines(getattr(net, method))
    return first + next(index for index, line in enumerate(lines) if text in line)


def test_a_view_of_a_written_width_is_named_with_file_and_line():
    message = (
        f"{__file__}:{line_of(HardCoded, 'view')}: makes a view of shape (1, 8) where the pruned network has "
        "(2, 4); compute the shape from the tensor, or keep the channels it holds"
    )
    with refused(message):
        Prune(**HALF)(HardCoded(), IMAGE)


def test_a_reshape_that_fails_is_named_with_file_and_line():
    message = (
        f"{__file__}:{line_of(HardCodedReshape, 'reshape')}: the pruned network fails here: shape '[2, 8]' is "
        "invalid for input of size 8; compute the shape from the tensor, or keep the channels it holds"
    )
    with refused(message):
        Prune(**HALF)(HardCodedReshape(), IMAGE)


def test_a_view_inside_torch_is_named_by_its_module():
    net = nn.Sequential(conv(3, 8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Unflatten(1, (2, 4)), nn.Flatten(1))
    with pytest.raises(ValueError, match=r"^'3': .*flatten\.py:\d+: the pruned network fails here: "):
        Prune(masks={"0.0": [1, 1, 0, 1]})(nn.Sequential(*net, nn.Linear(8, 2)), IMAGE)


def test_code_that_checks_its_width_is_named_with_file_and_line():
    place = f"{__file__}:{line_of(Refuses, 'raise', 'body')}"
    advice = "compute the shape from the tensor, or keep the channels it holds"
    with refused(f"{place}: the pruned network fails here: NotImplementedError; {advice}"):
        Prune(**HALF)(Refuses(), IMAGE)


def test_channels_put_out_in_an_object_of_any_class_stay():
    assert plan(PutsOutObjects(), IMAGE).groups == ()


def test_where_the_hard_coded_channels_stay_nothing_is_wrong():
    assert Prune(masks={"stem.0": [1] * 8})(HardCoded(), IMAGE)(torch.randn(2, *IMAGE)).shape == (2, 5)


def test_a_network_that_computes_with_its_number_of_channels_is_an_error():
    message = (
        "the pruned network's output differs from the masked one's: its code uses the number of channels, or is not "
        "deterministic; keep all channels, or write code that does not depend on their number"
    )
    with refused(message):
        Prune(**HALF)(CountsChannels(), IMAGE)


def test_a_network_whose_output_has_another_shape_is_an_error():
    message = (
        "the pruned network's output has shape (4,), the full one's (8,); "
        "compute the shape from the tensor, or keep the channels it holds"
    )
    with refused(message):
        Prune(**HALF)(CountsChannelsInItsShape(), IMAGE)


def test_an_operation_without_a_rule_freezes_its_channels_and_is_said():
    with pytest.warns(PruneWarning) as warned:
        small = Prune(ratios=0.5)(Unknown(), IMAGE)
    assert [str(warning.message) for warning in warned] == [
        "'a.0' keeps its channels: the operation '_fft_c2c' has no rule"
    ]
    assert small.a[0].weight.shape == (8, 4, 3, 3)


def test_a_model_in_training_mode_stays_in_it_and_dropout_does_not_matter():
    net = nn.Sequential(conv(3, 8), nn.Dropout(0.5), conv(8, 8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2))
    mean = net[0][1].running_mean.clone()
    small = Prune(ratios=0.5)(net.train(), IMAGE)
    assert small.training
    assert all(module.training for module in (*small.modules(), *net.modules()))
    assert torch.equal(net[0][1].running_mean, mean)


def test_the_random_state_is_left_alone():
    torch.manual_seed(3)
    expected = torch.rand(1)
    net = Net()
    torch.manual_seed(3)
    Prune(ratios=0.5)(net, IMAGE)
    assert torch.equal(torch.rand(1), expected)


def test_a_model_on_the_meta_device_is_planned_counted_and_cut_without_weights():
    net = Net().to("meta")
    assert Prune(masks={"stem.0": [1, 0] * 4}).count(net, IMAGE) == {"params": 3 * 4 * 9 + 8 + 25, "macs": 15572}
    assert Prune(ratios=0.5).count(net, IMAGE) == Prune(ratios=0.5).count(Net(), IMAGE)
    assert plan(net, IMAGE).groups == plan(Net(), IMAGE).groups
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Prune(**HALF)(net, IMAGE).head.weight.shape == (5, 4)
