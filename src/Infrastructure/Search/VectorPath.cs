using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FaceId.Infrastructure.Search;

/// <summary>The instructions a search is made of. All of them give the same answers.</summary>
internal enum VectorPath
{
    /// <summary>One number at a time: what the others are compared with.</summary>
    Scalar,

    /// <summary>SSSE3, ARM's AdvSimd, or whatever else has vectors of 16 bytes.</summary>
    Vector128,

    /// <summary>AVX2.</summary>
    Vector256,

    /// <summary>AVX-512BW.</summary>
    Vector512,
}

internal static class VectorPaths
{
    /// <summary>Those that this processor has, the fastest last.</summary>
    public static IReadOnlyList<VectorPath> Supported { get; } = [.. Enum.GetValues<VectorPath>().Where(IsSupported)];

    private static bool IsSupported(VectorPath path) => path switch
    {
        VectorPath.Scalar => true,
        VectorPath.Vector128 => Vector128.IsHardwareAccelerated,
        VectorPath.Vector256 => Avx2.IsSupported,
        VectorPath.Vector512 => Avx512BW.IsSupported,
        _ => false,
    };
}
