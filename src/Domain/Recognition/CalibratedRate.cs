namespace FaceId.Domain.Recognition;

/// <summary>An error rate, with what is known of it.</summary>
/// <param name="Low">Lower end of the range in which the rate of as many other people like these lies 19 times out of 20.</param>
/// <param name="High">Upper end of that range.</param>
/// <param name="Extrapolated">True where fewer than 30 independent errors were seen: the figure is then a model's, and the range wide.</param>
public readonly record struct CalibratedRate(double Value, double Low, double High, bool Extrapolated);
