from tests.cases.case import ModuleCase, normal
from torchnn import nn, torch


def unpooling(pooling, unpool, rank):
    """The inverse of a pooling that has just run on a sample of 2 planes, of size 4 and last 6."""
    pool = pooling(*[2] * (2 * rank))
    pool.forward(torch.randn(2, *[4] * (rank - 1), 6))
    return unpool(pool)


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
    ModuleCase(
        "SpatialConvolutionLocal", lambda: nn.SpatialConvolutionLocal(2, 3, 6, 5, 3, 2, 1, 1, 1, 0), single=(2, 5, 6)
    ),
    ModuleCase("SpatialDepthWiseConvolution", lambda: nn.SpatialDepthWiseConvolution(2, 3, 2, 2), single=(2, 4, 4)),
    ModuleCase(
        "SpatialConvolutionMap",
        lambda: nn.SpatialConvolutionMap(nn.tables.random(2, 3, 1), 2, 2),
        single=(2, 4, 5),
    ),
    ModuleCase(
        "SpatialFullConvolutionMap",
        lambda: nn.SpatialFullConvolutionMap(nn.tables.full(2, 3), 2, 3, 2, 1),
        normal(2, 3, 4),
    ),
    ModuleCase("SpatialSubSampling", lambda: nn.SpatialSubSampling(2, 2, 2, 2, 2), single=(2, 4, 6)),
    ModuleCase("TemporalConvolution", lambda: nn.TemporalConvolution(3, 2, 2), single=(5, 3)),
    ModuleCase("TemporalRowConvolution", lambda: nn.TemporalRowConvolution(3, 2), single=(5, 3)),
    ModuleCase("TemporalSubSampling", lambda: nn.TemporalSubSampling(3, 2, 2), normal(6, 3)),
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
    ModuleCase("SpatialAdaptiveMaxPooling", lambda: nn.SpatialAdaptiveMaxPooling(3, 2), single=(2, 5, 7)),
    ModuleCase("SpatialAdaptiveAveragePooling", lambda: nn.SpatialAdaptiveAveragePooling(3, 2), single=(2, 5, 7)),
    ModuleCase(
        "SpatialFractionalMaxPooling",
        lambda: nn.SpatialFractionalMaxPooling(2, 2, 3, 2).fixPoolingRegions(),
        normal(3, 2, 6, 7),
    ),
    ModuleCase(
        "VolumetricFractionalMaxPooling",
        lambda: nn.VolumetricFractionalMaxPooling(2, 2, 2, 2, 2, 3).fixPoolingRegions(),
        normal(2, 5, 4, 5),
    ),
    ModuleCase("SpatialLPPooling", lambda: nn.SpatialLPPooling(2, 2, 2, 2), single=(2, 4, 6), prints="nn.Sequential {"),
    ModuleCase("FeatureLPPooling", lambda: nn.FeatureLPPooling(3, 2, 2, True), normal(3, 7, 2)),
    ModuleCase("TemporalDynamicKMaxPooling", lambda: nn.TemporalDynamicKMaxPooling(3), single=(6, 2)),
    ModuleCase(
        "SpatialMaxUnpooling", lambda: unpooling(nn.SpatialMaxPooling, nn.SpatialMaxUnpooling, 2), normal(2, 2, 3)
    ),
    ModuleCase(
        "VolumetricMaxUnpooling",
        lambda: unpooling(nn.VolumetricMaxPooling, nn.VolumetricMaxUnpooling, 3),
        normal(2, 2, 2, 3),
    ),
    # ------------------------------------------------------------------ padding and upsampling
    ModuleCase("SpatialZeroPadding", lambda: nn.SpatialZeroPadding(1, 2, -1, 1), single=(2, 4, 5)),
    ModuleCase("SpatialReflectionPadding", lambda: nn.SpatialReflectionPadding(1, 2, 2, 1), single=(2, 4, 5)),
    ModuleCase("SpatialReplicationPadding", lambda: nn.SpatialReplicationPadding(1, 2, 2, 1), single=(2, 4, 5)),
    ModuleCase(
        "VolumetricReplicationPadding", lambda: nn.VolumetricReplicationPadding(1, 2, 2, 1, 0, 1), single=(2, 3, 4, 2)
    ),
    ModuleCase("SpatialUpSamplingNearest", lambda: nn.SpatialUpSamplingNearest(2), single=(2, 2, 3)),
    ModuleCase("SpatialUpSamplingBilinear", lambda: nn.SpatialUpSamplingBilinear(2), single=(2, 2, 3)),
    ModuleCase("UpSampling", lambda: nn.UpSampling(2, "nearest"), normal(2, 2, 2, 3)),
    # ------------------------------------------------------------------ normalization
    ModuleCase("SpatialCrossMapLRN", lambda: nn.SpatialCrossMapLRN(3, 0.5), single=(5, 2, 3)),
    ModuleCase(
        "SpatialSubtractiveNormalization",
        lambda: nn.SpatialSubtractiveNormalization(2, torch.range(1, 15).resize(3, 5)),
        single=(2, 5, 6),
    ),
    ModuleCase(
        "SpatialDivisiveNormalization",
        lambda: nn.SpatialDivisiveNormalization(2, torch.Tensor([1, 2, 1]), 0.5, 0.6),
        single=(2, 5, 6),
    ),
    ModuleCase(
        "SpatialContrastiveNormalization",
        lambda: nn.SpatialContrastiveNormalization(1, torch.ones(3, 3)),
        single=(1, 5, 6),
    ),
    ModuleCase("LayerNormalization", lambda: nn.LayerNormalization(4), normal(4), prints="nn.Sequential {"),
    ModuleCase("BatchNormalization", lambda: nn.BatchNormalization(4), normal(5, 4)),
    ModuleCase("SpatialBatchNormalization", lambda: nn.SpatialBatchNormalization(2), normal(3, 2, 4, 3)),
    ModuleCase("VolumetricBatchNormalization", lambda: nn.VolumetricBatchNormalization(2), normal(2, 2, 2, 3, 2)),
    # ------------------------------------------------------------------ random
    ModuleCase("Dropout", lambda: nn.Dropout(0.4), single=(6,)),
    ModuleCase("SpatialDropout", lambda: nn.SpatialDropout(0.4), single=(4, 2, 3)),
    ModuleCase("VolumetricDropout", lambda: nn.VolumetricDropout(0.4), single=(4, 2, 3, 2)),
    ModuleCase("WhiteNoise", lambda: nn.WhiteNoise(0.5, 0.3), single=(6,), keeps=True),
]
