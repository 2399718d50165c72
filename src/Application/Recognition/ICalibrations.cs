using FaceId.Domain.Recognition;

namespace FaceId.Application.Recognition;

/// <summary>The calibration in force for each model: the installation's own where it has one, otherwise the one that FaceId comes with.</summary>
public interface ICalibrations
{
    /// <summary>Null for a model that nobody calibrated: then only distances can be told.</summary>
    Calibration? For(string model);
}
