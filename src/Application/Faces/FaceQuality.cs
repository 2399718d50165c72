namespace FaceId.Application.Faces;

/// <summary>What of a face in a photo helps or hinders recognition, measured on the face as it is cut out for the models.</summary>
/// <param name="Score">Share of comparisons with another ordinary photo of the same person that succeed at a false match rate of 1 in 10,000, as the other measurements predict it: 0 to 1.</param>
/// <param name="EyeDistancePixels">From the middle of one eye to the middle of the other, in pixels of the photo as it was sent.</param>
/// <param name="Sharpness">How much brightness changes over a small distance against one three times as large, in the direction where that is least: about 0.5 for ordinary photos, towards 0.33 for blurred ones, of any size and light.</param>
/// <param name="Noise">Strength of details too fine for a face, as a share of the contrast: about 0.1 for clean photos, 0.4 for very noisy ones.</param>
/// <param name="Brightness">Mean brightness of the face: 0 is black, 1 white.</param>
/// <param name="Contrast">Standard deviation of the face's brightness, on the same scale.</param>
/// <param name="UnderexposedShare">Share of the face that is black.</param>
/// <param name="OverexposedShare">Share of the face that is white.</param>
/// <param name="YawDegrees">How far the head is turned; positive towards the right of the photo. From five points, so within some ten degrees.</param>
/// <param name="PitchDegrees">How far the chin is raised; negative when lowered. Noses differ in length, so within some fifteen degrees.</param>
/// <param name="RollDegrees">How far the head leans; positive is clockwise as seen. Recognition turns faces upright, so it hardly matters.</param>
/// <param name="Asymmetry">How far the left half differs from the mirrored right one, by light or by turning: 0 for none, 1 for halves that have nothing in common.</param>
/// <param name="OutsideShare">Share of the square around the face that lies outside the photo.</param>
/// <param name="DetectorScore">The detector's confidence: 0 is its threshold, about 1 a clear frontal face.</param>
public sealed record FaceQuality(
    double Score,
    double EyeDistancePixels,
    double Sharpness,
    double Noise,
    double Brightness,
    double Contrast,
    double UnderexposedShare,
    double OverexposedShare,
    double YawDegrees,
    double PitchDegrees,
    double RollDegrees,
    double Asymmetry,
    double OutsideShare,
    double DetectorScore);
