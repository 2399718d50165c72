namespace FaceId.Application.Recognition.Accuracy;

/// <summary>What a study is told beside the pairs.</summary>
/// <param name="SeveralFaces">Whether of photos with several faces the one nearest to the centre was taken, instead of refusing them.</param>
/// <param name="Refused">Failures to enrol, by the code of the refusal.</param>
/// <param name="Thresholds">At which decisions are counted.</param>
/// <param name="Table">The people's groups; null where nobody named them.</param>
public sealed record AccuracySetting(
    DateOnly Date, bool SeveralFaces, IReadOnlyDictionary<string, int> Refused, IReadOnlyList<double> Thresholds, PeopleTable? Table);
