namespace FaceId.Application.Recognition.Accuracy;

/// <summary>What counts the same in a rate.</summary>
public enum Weighting
{
    /// <summary>Every pair of photos, as is usual; people with many photos decide.</summary>
    Pairs,

    /// <summary>Every person (false non-matches) and every pair of people (false matches), however many photos they have.</summary>
    People,
}
