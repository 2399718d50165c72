namespace FaceId.Domain.Faces;

/// <summary>Names under which vectors are stored and answered; a name never changes its meaning.</summary>
public static class FaceModels
{
    /// <summary>dlib_face_recognition_resnet_model_v1: 128 numbers, compared by Euclidean distance.</summary>
    public const string Dlib = "dlib-resnet-v1";

    /// <summary>How many numbers a vector of <see cref="Dlib"/> has.</summary>
    public const int DlibLength = 128;

    /// <summary>
    /// The second opinion: fr_feature.onnx of the npm package faceplugin-face-recognition-js 0.0.1 on a chip and on its mirror image, the
    /// mean of both answers at unit length, 512 numbers of unit length, compared by their cosine.
    /// </summary>
    public const string Second = "faceplugin-feature-v1";

    /// <summary>How many numbers a vector of <see cref="Second"/> has.</summary>
    public const int SecondLength = 512;

    /// <summary>What both networks say, in one template: see <see cref="FaceTemplate"/>.</summary>
    public const string Fused = "faceid-fused-v1";
}
