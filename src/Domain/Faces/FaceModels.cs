namespace FaceId.Domain.Faces;

/// <summary>Names under which vectors are stored and answered; a name never changes its meaning.</summary>
public static class FaceModels
{
    /// <summary>dlib_face_recognition_resnet_model_v1: 128 numbers, compared by Euclidean distance.</summary>
    public const string Dlib = "dlib-resnet-v1";

    /// <summary>How many numbers a vector of <see cref="Dlib"/> has.</summary>
    public const int DlibLength = 128;

    /// <summary>fr_feature of faceplugin-face-recognition-js 0.0.1: 512 numbers, compared by cosine.</summary>
    public const string Second = "faceplugin-feature-v1";

    /// <summary>How many numbers a vector of <see cref="Second"/> has.</summary>
    public const int SecondLength = 512;

    /// <summary>What both networks say, in one template: see <see cref="FaceTemplate"/>.</summary>
    public const string Fused = "faceid-fused-v1";
}
