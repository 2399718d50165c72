namespace FaceId.Domain.Recognition;

/// <summary>An error rate, with what is known of it.</summary>
/// <param name="Low">Lower end of the range in which the rate of as many other people like these lies 19 times out of 20.</param>
/// <param name="High">Upper end of that range.</param>
/// <param name="Extrapolated">True where fewer than 30 pairs of people (for false non-matches: people) were seen in error: the figure is then a model's, or hangs on a few.</param>
public readonly record struct CalibratedRate(double Value, double Low, double High, bool Extrapolated);
