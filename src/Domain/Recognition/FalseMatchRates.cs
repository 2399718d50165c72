using System.Globalization;
using ErrorOr;
using FaceId.Domain.Common;

namespace FaceId.Domain.Recognition;

/// <summary>How often a stranger may be taken for somebody: the share of attempts by strangers that pass. Calibration turns each into a distance.</summary>
public sealed record FalseMatchRates
{
    public const double Least = 1e-8;

    public const double Most = 1e-1;

    /// <summary>NIST SP 800-63B-4, 3.2.3: at most 1 in 10,000 where a face is a factor.</summary>
    public const double MostForProof = 1e-4;

    /// <summary>One stranger's photo against all templates of one person.</summary>
    public double Verify { get; init; } = 1e-4;

    /// <summary>One search for a stranger over the whole gallery, whatever its size.</summary>
    public double Identify { get; init; } = 1e-2;

    /// <summary>The same for the search at an enrolment whether somebody else has this face.</summary>
    public double Duplicate { get; init; } = 1e-3;

    /// <summary>The same as <see cref="Verify"/>, for a face that is part of a fresh proof.</summary>
    public double Proof { get; init; } = MostForProof;

    /// <summary>The rates that are out of range, each with the name of its field.</summary>
    internal IEnumerable<Error> Check()
    {
        foreach (var (name, rate, most) in ((string, double, double)[])
            [("verify", Verify, Most), ("identify", Identify, Most), ("duplicate", Duplicate, Most), ("proof", Proof, MostForProof)])
        {
            if (!(rate >= Least && rate <= most))
            {
                yield return Invalid.Field(
                    $"falseMatchRates.{name}",
                    string.Create(CultureInfo.InvariantCulture, $"The false match rate of '{name}' is a share from {Least} to {most}."));
            }
        }
    }
}
