using System.Globalization;
using ErrorOr;

namespace FaceId.Domain.Recognition;

public static class CalibrationErrors
{
    /// <summary>The table, not the caller, is wrong.</summary>
    public static Error Invalid(string what) => Error.Validation("calibration_invalid", what);

    public static Error TooFewPeople(string what) => Error.Failure("calibration_too_small", what);

    /// <param name="least">The smallest rate that the table reaches.</param>
    public static Error OutOfReach(double rate, double least) => Error.Validation(
        "false_match_rate_out_of_reach",
        string.Create(CultureInfo.InvariantCulture, $"No distance gives a false match rate of {rate:0.###e+0}: the calibration ends at {least:0.###e+0}. Ask for a larger one."));
}
