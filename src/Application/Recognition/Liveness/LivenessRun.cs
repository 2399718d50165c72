using ErrorOr;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition.Liveness;

namespace FaceId.Application.Recognition.Liveness;

/// <summary>
/// One session as far as it has come: what is asked, what the frames showed. Frames themselves are never part of it; of two of them, the
/// one that looks ahead and the last, it knows pose, vector and <see cref="FacePatch"/> until the session ends.
/// </summary>
public sealed record LivenessRun
{
    /// <summary>Frames that a session takes.</summary>
    public const int MaxFrames = 150;

    /// <summary>A head turned so far to a side shows the turn that is asked, in degrees.</summary>
    public const double Turned = 24;

    /// <summary>Turned so far to a side that was not asked, it is refused.</summary>
    public const double TurnedWrongly = 24;

    /// <summary>A chin lifted so far shows it, and does so wrongly where it was not asked.</summary>
    public const double Lifted = 11;
    public const double LiftedWrongly = 18;

    /// <summary>What counts as looking straight ahead.</summary>
    public const double Straight = 9;
    public const double Upright = 25;

    /// <summary>
    /// A turned view that can be had from the view ahead by tilting a picture of it as well as this is one of a picture. See
    /// docs/accuracy.md, "Presentation attacks".
    /// </summary>
    public const double Flat = 0.96;

    /// <summary>So many turned frames that look flat end the session.</summary>
    public const int MaxFlat = 6;

    /// <summary>
    /// So alike are two frames in a row at least, and so much less for each degree that the head moved between them. Two photos of one
    /// person taken apart seldom are.
    /// </summary>
    public const double OneTake = 0.9;
    public const double LessPerDegree = 0.005;

    /// <summary>In so many frames a turn must be seen.</summary>
    public const int FramesPerTurn = 2;

    /// <summary>Nobody turns their head faster than this, in degrees a second; errors of measuring come on top.</summary>
    public const double FastestTurn = 450;
    public const double MeasuringError = 15;

    /// <summary>From one turn to the next it takes a person at least so long, and between two frames no more may pass.</summary>
    public static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(200);
    public static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(3);

    /// <summary>The person's times may run so far ahead of the server's: both clocks tick, but frames take their way.</summary>
    public static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Vectors of one person are nearer than this, dlib's own figure, from one frame to the next and between views from the same side. A
    /// turned head is known less well: of pairs of photos of one person about 50 degrees apart one in twenty is further than 0.7 (docs/accuracy.md).
    /// </summary>
    public const double SamePerson = 0.6;
    public const double SamePersonTurned = 0.68;
    public const double SameSide = 15;

    /// <summary>Of so many frames that look ahead the passive score is taken.</summary>
    public const int PassiveFrames = 3;

    public required IReadOnlyList<LivenessStep> Steps { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>How many steps were shown.</summary>
    public int Done { get; init; }

    public int Frames { get; init; }

    /// <summary>Frames that showed the step that is due.</summary>
    public int Showing { get; init; }

    public int FlatFrames { get; init; }

    /// <summary>Capture times in milliseconds, as the client counts them.</summary>
    public int? FirstTime { get; init; }

    public int LastTime { get; init; }

    public int StepTime { get; init; }

    /// <summary>Hashes of the frames' files.</summary>
    public IReadOnlyList<long> Hashes { get; init; } = [];

    public View? Front { get; init; }

    public View? Last { get; init; }

    /// <summary>What the passive network said of the first frames that look ahead.</summary>
    public IReadOnlyList<double> PassiveScores { get; init; } = [];

    public bool WantsPassiveScore => PassiveScores.Count < PassiveFrames;

    /// <summary>The median of those scores, of two their mean; null while there is none. No decision asks for it.</summary>
    public double? PassiveScore
    {
        get
        {
            var sorted = PassiveScores.Order().ToArray();
            return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    public bool IsPassed => Done == Steps.Count;

    /// <summary>What to show next; null when nothing is left.</summary>
    public LivenessStep? Next => IsPassed ? null : Steps[Done];

    /// <summary>A frame's face, as far as it is remembered.</summary>
    public sealed record View(HeadPose Pose, FacePatch Patch, FaceOpinions Face, double? PassiveScore = null);

    /// <param name="time">When the frame was taken, in milliseconds of the client's own count.</param>
    /// <param name="view">Null when the frame shows no face.</param>
    /// <returns>The session after this frame and what to tell the person; or why the session is refused for good.</returns>
    public ErrorOr<(LivenessRun Run, LivenessHint Hint)> Take(int time, long hash, View? view, DateTimeOffset now)
    {
        if (Frames >= MaxFrames)
        {
            return LivenessErrors.TooManyFrames;
        }

        if (CheckTime(time, now) is { } untimely)
        {
            return untimely;
        }

        if (Hashes.Contains(hash))
        {
            return LivenessErrors.Repeated;
        }

        var run = this with { Frames = Frames + 1, FirstTime = FirstTime ?? time, LastTime = time, Hashes = [.. Hashes, hash] };
        if (view is null)
        {
            return (run, LivenessHint.NoFace);
        }

        if (CheckTake(time, view) is { } cut)
        {
            return cut;
        }

        run = run with { Last = view, PassiveScores = ScoresWith(view) };
        return Front is null ? run.LookAhead(time, view) : run.Turn(time, view, Front);
    }

    private Error? CheckTime(int time, DateTimeOffset now)
    {
        if (FirstTime is not { } first)
        {
            return null;
        }

        if (time <= LastTime)
        {
            return LivenessErrors.OutOfOrder;
        }

        // A recording that claims more time than went by here was not made here.
        var gap = TimeSpan.FromMilliseconds((double)time - LastTime);
        return gap > LongestGap ? LivenessErrors.Interrupted
            : TimeSpan.FromMilliseconds((double)time - first) > now - StartedAt + Slack ? LivenessErrors.OutOfOrder
            : null;
    }

    /// <summary>Whether a frame can come from the same take as those before.</summary>
    private Error? CheckTake(int time, View view)
    {
        if (Front is { } front && front.Face.Dlib.DistanceTo(view.Face.Dlib) >= (Moved(view, front) < SameSide ? SamePerson : SamePersonTurned))
        {
            return LivenessErrors.AnotherPerson;
        }

        if (Last is not { } last)
        {
            return null;
        }

        if (last.Face.Dlib.DistanceTo(view.Face.Dlib) >= SamePerson)
        {
            return LivenessErrors.AnotherPerson;
        }

        var moved = Moved(view, last);
        if (moved - MeasuringError > FastestTurn * (time - LastTime) / 1000)
        {
            return LivenessErrors.TooFast;
        }

        var alike = OneTake - LessPerDegree * moved;
        return PlaneFit.Correlation(last.Patch, view.Patch, alike) < alike ? LivenessErrors.Cut : null;
    }

    /// <summary>How far the head turned from one view to the other, in degrees.</summary>
    private static double Moved(View view, View from)
    {
        var (yaw, pitch) = (view.Pose.YawFrom(from.Pose), view.Pose.PitchFrom(from.Pose));
        return Math.Sqrt(yaw * yaw + pitch * pitch);
    }

    private IReadOnlyList<double> ScoresWith(View view) =>
        WantsPassiveScore && view.PassiveScore is { } score && LooksAhead(view) && (Front is null || Moved(view, Front) <= Straight)
            ? [.. PassiveScores, score]
            : PassiveScores;

    private static bool LooksAhead(View view) => Math.Abs(view.Pose.Yaw) <= Straight && Math.Abs(view.Pose.Roll) <= Upright;

    private (LivenessRun Run, LivenessHint Hint) LookAhead(int time, View view) =>
        LooksAhead(view)
            ? (this with { Front = view, Done = 1, StepTime = time }, HintOf(Steps[1]))
            : (this, LivenessHint.LookAhead);

    private ErrorOr<(LivenessRun Run, LivenessHint Hint)> Turn(int time, View view, View front)
    {
        var asked = Steps[Done];
        var (yaw, pitch) = (view.Pose.YawFrom(front.Pose), view.Pose.PitchFrom(front.Pose));
        if (Shows(asked, yaw, pitch))
        {
            return asked is LivenessStep.Left or LivenessStep.Right && PlaneFit.Correlation(front.Patch, view.Patch, Flat) > Flat
                ? FlatFrames + 1 >= MaxFlat ? LivenessErrors.Flat : (this with { FlatFrames = FlatFrames + 1 }, LivenessHint.TurnTheHead)
                : Shown(time);
        }

        // On the way from the turn before, that one is still seen.
        var wrong = ShownWrongly(yaw, pitch);
        return wrong is { } turn && turn != asked && turn != Steps[Done - 1] ? LivenessErrors.WrongTurn : (this, HintOf(asked));
    }

    private ErrorOr<(LivenessRun Run, LivenessHint Hint)> Shown(int time)
    {
        if (TimeSpan.FromMilliseconds((double)time - StepTime) < ShortestStep)
        {
            return LivenessErrors.TooFast;
        }

        if (Showing + 1 < FramesPerTurn)
        {
            return (this with { Showing = Showing + 1 }, HintOf(Steps[Done]));
        }

        var run = this with { Done = Done + 1, Showing = 0, StepTime = time };
        return (run, run.Next is { } next ? HintOf(next) : LivenessHint.Done);
    }

    private static bool Shows(LivenessStep asked, double yaw, double pitch) => asked switch
    {
        LivenessStep.Left => yaw >= Turned,
        LivenessStep.Right => yaw <= -Turned,
        LivenessStep.Up => pitch >= Lifted && Math.Abs(yaw) < Turned / 2,
        _ => false,
    };

    private static LivenessStep? ShownWrongly(double yaw, double pitch) =>
        yaw >= TurnedWrongly ? LivenessStep.Left
        : yaw <= -TurnedWrongly ? LivenessStep.Right
        : pitch >= LiftedWrongly && Math.Abs(yaw) < Turned / 2 ? LivenessStep.Up
        : null;

    private static LivenessHint HintOf(LivenessStep step) => step switch
    {
        LivenessStep.Left => LivenessHint.TurnLeft,
        LivenessStep.Right => LivenessHint.TurnRight,
        LivenessStep.Up => LivenessHint.LookUp,
        _ => LivenessHint.LookAhead,
    };
}

/// <summary>What to tell the person now.</summary>
public enum LivenessHint
{
    /// <summary>"Look straight into the camera."</summary>
    LookAhead,

    /// <summary>"Turn your head further to your left."</summary>
    TurnLeft,

    /// <summary>"Turn your head further to your right."</summary>
    TurnRight,

    /// <summary>"Lift your chin further."</summary>
    LookUp,

    /// <summary>The picture as a whole seems to be tilted: "Turn your head, not the camera."</summary>
    TurnTheHead,

    /// <summary>"Bring your face into the picture."</summary>
    NoFace,

    /// <summary>Nothing is left to do.</summary>
    Done,
}
