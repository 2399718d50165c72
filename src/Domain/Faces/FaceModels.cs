namespace FaceId.Domain.Faces;

/// <summary>Names under which vectors are stored and answered; a name never changes its meaning.</summary>
public static class FaceModels
{
    /// <summary>dlib_face_recognition_resnet_model_v1: 128 numbers, compared by Euclidean distance.</summary>
    public const string Dlib = "dlib-resnet-v1";

    /// <summary>
    /// The second opinion: fr_feature.onnx of the npm package faceplugin-face-recognition-js 0.0.1 on a chip and on its mirror image, the
    /// mean of both answers at unit length, 512 numbers of unit length, compared by their cosine.
    /// </summary>
    public const string Feature = "faceplugin-feature-v1";

    /// <summary>How many numbers a vector of <see cref="Feature"/> has.</summary>
    public const int FeatureLength = 512;

    /// <summary><see cref="Dlib"/> on the mirror image of its chip; made for studies, never stored.</summary>
    public const string DlibMirrored = "dlib-resnet-v1-mirrored";

    /// <summary>How many numbers a vector of <see cref="Dlib"/> has.</summary>
    public const int DlibLength = 128;
}
