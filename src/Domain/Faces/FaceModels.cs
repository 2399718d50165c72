namespace FaceId.Domain.Faces;

/// <summary>Names under which vectors are stored and answered; a name never changes its meaning.</summary>
public static class FaceModels
{
    /// <summary>dlib_face_recognition_resnet_model_v1: 128 numbers, compared by Euclidean distance.</summary>
    public const string Dlib = "dlib-resnet-v1";

    /// <summary>How many numbers a vector of <see cref="Dlib"/> has.</summary>
    public const int DlibLength = 128;
}
