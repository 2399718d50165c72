namespace FaceId.Application.Recognition.Accuracy;

/// <summary>A photo on disk of a person whose name is known.</summary>
public sealed record KnownPhoto(string Person, string File);
