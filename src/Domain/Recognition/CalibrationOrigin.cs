namespace FaceId.Domain.Recognition;

/// <summary>Where a calibration comes from.</summary>
/// <param name="Model">The model whose distances it is about.</param>
/// <param name="Version">Counts the tables of one name, from 1.</param>
/// <param name="Source">The photos, in words.</param>
/// <param name="GenuinePairs">Pairs of photos of one person.</param>
/// <param name="ImpostorPairs">Pairs of photos of two people.</param>
public sealed record CalibrationOrigin(
    string Model, string Name, int Version, DateOnly Date, string Source, int People, int Photos, long GenuinePairs, long ImpostorPairs);
