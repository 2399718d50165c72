namespace FaceId.Application.Recognition.Accuracy;

/// <summary>How a calibration is to be called.</summary>
/// <param name="Version">Counts the tables of one name, from 1.</param>
/// <param name="Source">The photos, in words.</param>
public sealed record CalibrationName(string Name, int Version, DateOnly Date, string Source);
