using System.Security.Cryptography;

namespace FaceId.Domain.Recognition.Liveness;

/// <summary>The turns that a session asks for.</summary>
public static class LivenessChallenge
{
    /// <summary>How many turns follow the look into the camera.</summary>
    public const int Turns = 4;

    private static readonly LivenessStep[] Choices = [LivenessStep.Left, LivenessStep.Right, LivenessStep.Up];

    /// <summary>
    /// A look into the camera, then turns by the kernel's generator: no two alike in a row, and at least one to each side, since only
    /// those tell a head from a flat picture. Of the 20 that there are each is as likely as any other.
    /// </summary>
    public static IReadOnlyList<LivenessStep> New()
    {
        while (true)
        {
            var steps = new List<LivenessStep>(Turns + 1) { LivenessStep.Center };
            while (steps.Count <= Turns)
            {
                var next = Choices[RandomNumberGenerator.GetInt32(Choices.Length)];
                if (next != steps[^1])
                {
                    steps.Add(next);
                }
            }

            if (steps.Contains(LivenessStep.Left) && steps.Contains(LivenessStep.Right))
            {
                return steps;
            }
        }
    }
}
