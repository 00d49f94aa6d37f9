from tests.cases.case import ModuleCase, normal
from torchnn import nn

CASES = [
    # ------------------------------------------------------------------ convolution
    ModuleCase("SpatialConvolution", lambda: nn.SpatialConvolution(2, 3, 3, 2, 2, 1, 1, 1), single=(2, 5, 6)),
    ModuleCase("SpatialConvolutionMM", lambda: nn.SpatialConvolutionMM(2, 3, 3, 2), single=(2, 5, 6)),
    ModuleCase(
        "SpatialDilatedConvolution",
        lambda: nn.SpatialDilatedConvolution(2, 3, 2, 2, 1, 1, 0, 0, 2, 2),
        single=(2, 5, 6),
    ),
    ModuleCase(
        "SpatialFullConvolution", lambda: nn.SpatialFullConvolution(2, 3, 3, 2, 2, 2, 1, 0, 1, 0), single=(2, 3, 4)
    ),
    ModuleCase("VolumetricConvolution", lambda: nn.VolumetricConvolution(2, 3, 2, 2, 2), single=(2, 3, 4, 3)),
    ModuleCase(
        "VolumetricDilatedConvolution",
        lambda: nn.VolumetricDilatedConvolution(2, 3, 2, 2, 2, 1, 1, 1, 0, 0, 0, 2, 1, 1),
        single=(2, 4, 4, 3),
    ),
    ModuleCase("VolumetricFullConvolution", lambda: nn.VolumetricFullConvolution(2, 3, 2, 2, 2), single=(2, 2, 3, 2)),
    # ------------------------------------------------------------------ pooling
    ModuleCase("SpatialMaxPooling", lambda: nn.SpatialMaxPooling(2, 2, 2, 2), single=(2, 4, 6)),
    ModuleCase(
        "SpatialDilatedMaxPooling",
        lambda: nn.SpatialDilatedMaxPooling(2, 2, 1, 1, 0, 0, 2, 2),
        single=(2, 5, 6),
    ),
    ModuleCase("SpatialAveragePooling", lambda: nn.SpatialAveragePooling(3, 2, 2, 1, 1, 0), single=(2, 5, 6)),
    ModuleCase("VolumetricMaxPooling", lambda: nn.VolumetricMaxPooling(2, 2, 2), single=(2, 4, 4, 5)),
    ModuleCase(
        "VolumetricDilatedMaxPooling",
        lambda: nn.VolumetricDilatedMaxPooling(2, 2, 2, 1, 1, 1, 0, 0, 0, 2, 1, 1),
        single=(2, 4, 4, 3),
    ),
    ModuleCase("VolumetricAveragePooling", lambda: nn.VolumetricAveragePooling(2, 2, 2), single=(2, 4, 4, 4)),
    ModuleCase("TemporalMaxPooling", lambda: nn.TemporalMaxPooling(2), single=(4, 3)),
    # ------------------------------------------------------------------ normalization
    ModuleCase("BatchNormalization", lambda: nn.BatchNormalization(4), normal(5, 4)),
    ModuleCase("SpatialBatchNormalization", lambda: nn.SpatialBatchNormalization(2), normal(3, 2, 4, 3)),
    ModuleCase("VolumetricBatchNormalization", lambda: nn.VolumetricBatchNormalization(2), normal(2, 2, 2, 3, 2)),
    # ------------------------------------------------------------------ random
    ModuleCase("Dropout", lambda: nn.Dropout(0.4), single=(6,)),
    ModuleCase("SpatialDropout", lambda: nn.SpatialDropout(0.4), single=(4, 2, 3)),
    ModuleCase("VolumetricDropout", lambda: nn.VolumetricDropout(0.4), single=(4, 2, 3, 2)),
    ModuleCase("WhiteNoise", lambda: nn.WhiteNoise(0.5, 0.3), single=(6,)),
]
