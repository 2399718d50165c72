namespace FaceId.Domain.Faces;

/// <summary>One face as it is stored: what each network said of it, and the template made of both, each encrypted.</summary>
/// <param name="Encoding">dlib's vector.</param>
/// <param name="Second">The second network's vector; null when it was not asked.</param>
/// <param name="Template">What the face is compared by; null when only dlib was asked.</param>
public sealed record SealedFace(byte[] Encoding, string Model, SealedVector? Second, SealedVector? Template);

public sealed record SealedVector(byte[] Sealed, string Model);
