using ErrorOr;
using FaceId.Domain.Faces;

namespace FaceId.Application.Faces;

/// <summary>Finds the faces in a photo and turns them into vectors. One instance serves any number of threads.</summary>
public interface IFaceEngine
{
    /// <summary>True once the models are loaded and have run once.</summary>
    bool IsWarm { get; }

    /// <summary>Whether encoded faces have the second opinion and a template, beside what dlib says.</summary>
    bool GivesTemplates { get; }

    /// <summary>Loads the models and runs each once, so that the first photo is as fast as the rest. Idempotent.</summary>
    Task WarmUpAsync(CancellationToken cancellationToken);

    /// <summary>Decodes a photo, turns it upright, finds its faces and, where asked, encodes them.</summary>
    /// <param name="photo">The bytes of a JPEG, PNG, WebP, BMP or GIF file.</param>
    /// <returns>What was found, or one of the errors of <see cref="FaceErrors"/>: ImageUnreadable, ImageFormatUnsupported, ImageTooLarge, Busy.</returns>
    Task<ErrorOr<PhotoAnalysis>> AnalyseAsync(ReadOnlyMemory<byte> photo, AnalysisOptions options, CancellationToken cancellationToken);
}

/// <param name="Thorough">Scan at full size, exactly like dlib, instead of coarse to fine.</param>
/// <param name="Encode">Which faces get vectors.</param>
/// <param name="Patches">Give the small grey picture of each encoded face too.</param>
/// <param name="Crops">Give the picture of each encoded face that can be kept too.</param>
/// <param name="Passive">Give the passive liveness score of each encoded face too.</param>
public sealed record AnalysisOptions(
    bool Thorough = false, EncodeFaces Encode = EncodeFaces.None, bool Patches = false, bool Crops = false, bool Passive = false);

public enum EncodeFaces
{
    None,

    /// <summary>Encode only when the photo holds exactly one face; enrolment and verification refuse others anyway.</summary>
    WhenSingle,

    All,
}

/// <param name="Width">Width of the upright image in pixels.</param>
/// <param name="Height">Height of the upright image in pixels.</param>
/// <param name="Faces">Largest score first.</param>
public sealed record PhotoAnalysis(int Width, int Height, ScanInfo Scan, IReadOnlyList<DetectedFace> Faces, StageTimings Timings);

/// <summary>What was looked at, so that "no face" can be told from "no face of that size".</summary>
/// <param name="Thorough">True when the whole photo was scanned at full size, as dlib does.</param>
/// <param name="LongSide">Longer side in pixels of the largest version of the photo that was scanned.</param>
/// <param name="SmallestFace">Side of the smallest face that this scan finds, in pixels of the upright image.</param>
public sealed record ScanInfo(bool Thorough, int LongSide, int SmallestFace);

/// <param name="Box">In pixels of the upright image; may reach past its edges.</param>
/// <param name="Score">The detector's confidence: 0 is its threshold, about 1 a clear frontal face.</param>
/// <param name="Landmarks">dlib's five points, in its order: the outer and inner corner of the eye on the image's right, of the eye on its left, then the base of the nose.</param>
/// <param name="Opinions">Null where encoding was not asked for.</param>
/// <param name="Quality">Measured on every face that is found.</param>
/// <param name="Patch">The face upright in 50x50 grey pixels, row by row; null where it was not asked for.</param>
/// <param name="Crop">The face upright with its surroundings, a JPEG file that gives the same vectors but for a little; null where it was not asked for.</param>
/// <param name="PassiveScore">What the passive liveness network takes for the probability of a living face, 0 to 1: advice, and no ground for a decision. Null where it was not asked for or is switched off.</param>
public sealed record DetectedFace(
    FaceBox Box, double Score, IReadOnlyList<FacePoint> Landmarks, FaceOpinions? Opinions, FaceQuality Quality,
    byte[]? Patch = null, byte[]? Crop = null, double? PassiveScore = null);

public readonly record struct FaceBox(int X, int Y, int Width, int Height);

public readonly record struct FacePoint(double X, double Y);

/// <summary>Milliseconds spent in each stage. Queue is the wait for a free worker.</summary>
public sealed record StageTimings(double Queue, double Decode, double Detect, double Align, double Encode);
