namespace FaceId.Infrastructure.Faces.Dlib;

/// <summary>How the scores of the detector become rectangles.</summary>
/// <param name="WindowWidth">Width in pixels of the sliding window, on its level of the pyramid.</param>
/// <param name="WindowHeight">Height of the same.</param>
/// <param name="OverlapIou">Two rectangles are one face when they share more than this of what encloses them both.</param>
/// <param name="OverlapCovered">Or when one shares more than this of its own area.</param>
/// <remarks>Format: mmod_options in dlib/dnn/loss.h.</remarks>
internal sealed record MmodOptions(int WindowWidth, int WindowHeight, double OverlapIou, double OverlapCovered)
{
    public static MmodOptions Read(ref DlibReader reader)
    {
        // Version 1 holds one window; later versions several, with labels and box regression, which no released face detector uses.
        reader.ExpectVersion("the detector's options", 1, 1);
        var width = reader.ReadInt32();
        var height = reader.ReadInt32();
        reader.ReadDouble(); // loss per false alarm, loss per miss, match of truth: training
        reader.ReadDouble();
        reader.ReadDouble();
        var overlapIou = reader.ReadDouble();
        var overlapCovered = reader.ReadDouble();
        reader.ReadDouble(); // overlap with ignored boxes: training
        reader.ReadDouble();
        return new MmodOptions(width, height, overlapIou, overlapCovered);
    }
}
