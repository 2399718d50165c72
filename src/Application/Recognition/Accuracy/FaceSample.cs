using FaceId.Domain.Faces;

namespace FaceId.Application.Recognition.Accuracy;

/// <summary>One photo of a known person, as the model sees it.</summary>
/// <param name="Person">Any name that is one person's.</param>
/// <param name="Quality">How good the photo is for recognition, larger is better; null where nothing measures it.</param>
/// <param name="QualityBand">The quality in words; null where nothing measures it.</param>
public sealed record FaceSample(string Person, FaceVector Vector, double? Quality = null, string? QualityBand = null);
