using System.Net;
using System.Text;
using System.Text.Json;
using FaceId.Application.Faces;
using FaceId.Application.Recognition.Liveness;
using FaceId.FunctionalTests.Support;
using Microsoft.Extensions.DependencyInjection;
using SkiaSharp;

namespace FaceId.FunctionalTests.Recognition;

/// <summary>Who is before the camera: heads that turn, and what is held up in their place. Both are made from photos.</summary>
public sealed class LivenessTests : ServerTests
{
    private const string Sessions = "/api/v1/liveness/sessions";

    private TestServer _server = null!;
    private ShiftedTime _time = null!;
    private Api _ada = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        // Films last longer than the test that sends them; the clock of this server is moved on by as much.
        _time = new ShiftedTime();
        _server = await TestServer.StartAsync(TestDatabase.ConnectionString, _time, ("FaceId:Recognition:RequireLiveness:Verify", "true"), ("FaceId:Recognition:RequireLiveness:Enrol", "true"), ("FaceId:Recognition:RequireLiveness:Proof", "true"), ("FaceId:Recognition:RequireLiveness:Identify", "true"), ("FaceId:KeepImages", "original"));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [SetUp]
    public async Task SetUpAsync()
    {
        using var _ = await PersonAsync();
        _ada = await _server.Anonymous().LoginAsync("ada@example.com");
        (await _ada.PostAsync("/api/v1/me/consent", new { accepted = true })).ShouldBe(HttpStatusCode.OK);
    }

    [TearDown]
    public void TearDown() => _ada.Dispose();

    [Test]
    public async Task A_head_that_turns_as_asked_passes_and_the_session_serves_once()
    {
        var enrolling = await PassAsync("enroll");
        (await _ada.PostPhotosAsync($"/api/v1/me/faces?livenessSession={enrolling}", ("image", Photos.Portrait))).ShouldBe(HttpStatusCode.Created);
        var verifying = await PassAsync("verify");

        (await _ada.PostPhotosAsync("/api/v1/me/verify", ("image", Photos.Portrait))).ShouldBeProblem(HttpStatusCode.Forbidden, "liveness_required");
        (await _ada.PostPhotosAsync($"/api/v1/me/verify?livenessSession={enrolling}", ("image", Photos.Portrait))).ShouldBeProblem(HttpStatusCode.Conflict, "liveness_unusable");
        var verified = (await _ada.PostPhotosAsync($"/api/v1/me/verify?livenessSession={verifying}", ("image", Photos.Portrait))).ShouldBe(HttpStatusCode.OK);
        var again = await _ada.PostPhotosAsync($"/api/v1/me/verify?livenessSession={verifying}", ("image", Photos.Portrait));

        Assert.That(verified["verified"].GetBoolean(), Is.True, verified.Body);
        again.ShouldBeProblem(HttpStatusCode.Conflict, "liveness_unusable");
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM liveness_sessions"), Is.Zero, "Nothing of it is kept.");
        Assert.That(await ScalarAsync<bool>("SELECT image_path IS NULL FROM faces"), "Nor is the photo, which the template is not made from.");
        Assert.That(await ScalarAsync<string>("SELECT reason FROM recognition_logs ORDER BY id DESC LIMIT 1"), Is.EqualTo("liveness_unusable"));
    }

    [Test]
    public async Task What_the_passive_network_says_of_frames_that_look_ahead_stands_beside_the_answer_unless_it_is_off()
    {
        var session = await BeginAsync();
        var film = (await FilmAsync()).Show(session.Challenge).Frames;
        var scores = new List<double>();
        foreach (var frame in film.Take(LivenessRun.PassiveFrames))
        {
            var analysed = await _server.Services.GetRequiredService<IFaceEngine>()
                .AnalyseAsync(frame, new AnalysisOptions(Encode: EncodeFaces.WhenSingle, Passive: true), CancellationToken.None);
            scores.Add(analysed.Value.Faces.Single().PassiveScore!.Value);
        }

        var first = (await SendAsync(session, [film[0]])).ShouldBe(HttpStatusCode.OK);
        var last = (await SendAsync(session, [.. film.Skip(1)], from: 1)).ShouldBe(HttpStatusCode.OK);

        Assert.That(first["passiveScore"].GetDouble(), Is.EqualTo(scores[0]).Within(1e-3));
        Assert.That(last["passed"].GetBoolean(), Is.True, last.Body);
        Assert.That(last["passiveScore"].GetDouble(), Is.EqualTo(scores.Order().ElementAt(1)).Within(1e-3));

        await using var without = await TestServer.StartAsync(TestDatabase.ConnectionString, _time, ("FaceId:PassiveLiveness", "off"));
        using var ada = await without.Anonymous().LoginAsync("ada@example.com");
        var silent = (await SendAsync(await BeginAsync(caller: ada), [film[0]], caller: ada)).ShouldBe(HttpStatusCode.OK);
        Assert.That(silent["stepsDone"].GetInt32(), Is.EqualTo(1), silent.Body);
        Assert.That(silent["passiveScore"].ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task A_passed_session_serves_nobody_else_nor_another_purpose_nor_another_face_nor_later()
    {
        var (id, _) = await BeginPassedAsync("verify");
        using var operators = await OperatorAsync();
        (await operators.PostPhotosAsync($"/api/v1/users/{_ada.UserId}/verify?livenessSession={id}", ("image", Photos.Portrait))).ShouldBeProblem(HttpStatusCode.Conflict, "not_enrolled");
        (await _ada.PostPhotosAsync($"/api/v1/me/faces?livenessSession={id}", ("image", Photos.Portrait))).ShouldBeProblem(HttpStatusCode.Conflict, "liveness_unusable");
        using var admin = await AdminAsync();
        (await admin.EnrolAsync(_ada.UserId, Photos.Portrait)).ShouldBe(HttpStatusCode.Created);
        (await operators.PostPhotosAsync($"/api/v1/users/{_ada.UserId}/verify?livenessSession={id}", ("image", Photos.Portrait))).ShouldBeProblem(HttpStatusCode.Conflict, "liveness_unusable");

        (await _ada.PostPhotosAsync($"/api/v1/me/verify?livenessSession={id}", ("image", Photos.JohnSalley))).ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "liveness_mismatch");
        (await _ada.PostPhotosAsync($"/api/v1/me/verify?livenessSession={id}", ("image", Photos.Portrait))).ShouldBeProblem(HttpStatusCode.Conflict, "liveness_unusable");

        var late = await PassAsync("verify");
        _time.Advance(TimeSpan.FromMinutes(2));
        (await _ada.PostPhotosAsync($"/api/v1/me/verify?livenessSession={late}", ("image", Photos.Portrait))).ShouldBeProblem(HttpStatusCode.Conflict, "liveness_unusable");
    }

    [Test]
    public async Task The_face_that_counts_is_the_one_of_the_session()
    {
        using var admin = await AdminAsync();
        (await admin.EnrolAsync(_ada.UserId, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);
        var session = await PassAsync("verify");

        var verified = (await _ada.PostPhotosAsync($"/api/v1/me/verify?livenessSession={session}", ("image", Photos.Portrait))).ShouldBe(HttpStatusCode.OK);

        Assert.That(verified["verified"].GetBoolean(), Is.False);
    }

    [Test]
    public async Task A_still_photo_shows_no_turn()
    {
        var session = await BeginAsync();
        using var bitmap = SKBitmap.Decode(Photos.Portrait);
        var frames = Enumerable.Range(60, 16).Select(quality => Warps.Draw(bitmap, canvas => canvas.DrawBitmap(bitmap, 0, 0), quality)).ToList();

        var last = (await SendAsync(session, frames)).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(last["passed"].GetBoolean(), Is.False);
            Assert.That(last["stepsDone"].GetInt32(), Is.EqualTo(1), "It looks ahead, and that is all.");
            Assert.That(last["next"].GetString(), Is.EqualTo(session.Challenge[1]));
            Assert.That(last["say"].GetString(), Is.Not.Empty);
        });
    }

    [Test]
    public async Task A_photo_that_is_moved_scaled_and_turned_in_its_plane_shows_no_turn()
    {
        var session = await BeginAsync();

        var last = (await SendAsync(session, (await FilmAsync()).Wave(24).Frames)).ShouldBe(HttpStatusCode.OK);

        Assert.That(last["stepsDone"].GetInt32(), Is.LessThanOrEqualTo(1), last.Body);
    }

    [TestCase(3.0)]
    [TestCase(5.0)]
    public async Task A_photo_that_is_tilted_to_look_turned_is_refused(double distance)
    {
        var session = await BeginAsync();
        var steps = session.Challenge.Where(step => step is "left" or "right").ToList();

        var last = await SendAsync(session, (await FilmAsync()).Show(["center"]).ShowFlat([steps[0], steps[0], steps[0]], distance).Frames);

        last.ShouldBeProblem(HttpStatusCode.UnprocessableEntity, session.Challenge[1] == "up" ? Either(last, "liveness_wrong_turn", "liveness_flat") : "liveness_flat");
    }

    [Test]
    public async Task Frames_out_of_order_are_refused_whether_their_times_say_so_or_not()
    {
        var honest = await BeginAsync();
        var film = (await FilmAsync()).Show(honest.Challenge).Frames;
        (await PostAsync(honest, "0,300,150", [.. film.Take(3)])).ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "liveness_out_of_order");

        // One turn and its opposite, dealt like cards.
        var session = await BeginAsync();
        var shuffled = (await FilmAsync()).Show(["center", "left", "right"]).Frames;
        var dealt = shuffled.Take(3).Concat(shuffled.Skip(3).Select((frame, i) => (frame, At: i * 7 % 17)).OrderBy(card => card.At).Select(card => card.frame)).ToList();
        var last = await SendAsync(session, dealt, interval: 60);
        last.ShouldBeProblem(HttpStatusCode.UnprocessableEntity, Either(last, "liveness_too_fast", "liveness_wrong_turn", "liveness_cut"));
    }

    [Test]
    public async Task Another_persons_frames_in_the_middle_are_refused()
    {
        var session = await BeginAsync();
        var own = (await FilmAsync()).Show(session.Challenge.Take(2)).Frames;

        var last = await SendAsync(session, [.. own, Photos.PortraitInRgb]);

        last.ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "liveness_another_person");
        (await SendAsync(session, [own[0]])).ShouldBeProblem(HttpStatusCode.Conflict, "liveness_over");
    }

    [Test]
    public async Task Photos_of_one_person_cut_together_are_refused()
    {
        var session = await BeginAsync();

        var last = await SendAsync(session, [.. Enumerable.Range(0, 11).Select(i => Photos.John("John_Salley", i))]);

        last.ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "liveness_cut");
    }

    [Test]
    public async Task A_second_face_in_a_frame_a_frame_sent_twice_and_a_break_are_refused()
    {
        var crowded = await BeginAsync();
        (await SendAsync(crowded, [Photos.Group])).ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "liveness_several_faces");

        var doubled = await BeginAsync();
        (await SendAsync(doubled, [Photos.Portrait, Photos.Portrait])).ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "liveness_frame_repeated");

        var broken = await BeginAsync();
        (await PostAsync(broken, "0,3200", [.. (await FilmAsync()).Show(["center"]).Frames.Take(2)])).ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "liveness_interrupted");
    }

    [Test]
    public async Task A_recording_that_claims_more_time_than_went_by_is_refused_and_so_is_one_faster_than_a_person()
    {
        var early = await BeginAsync();
        (await PostAsync(early, "0,2900", [.. (await FilmAsync()).Show(["center"]).Frames.Take(2)])).ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "liveness_out_of_order");

        var fast = await BeginAsync();
        var last = await SendAsync(fast, (await FilmAsync()).Show(["center", "left", "right", "left"]).Frames.Where((_, i) => i < 2 || i % 4 == 0).ToList(), interval: 15);
        last.ShouldBeProblem(HttpStatusCode.UnprocessableEntity, Either(last, "liveness_too_fast", "liveness_wrong_turn"));
    }

    [Test]
    public async Task The_wrong_turn_is_refused()
    {
        var session = await BeginAsync();
        var wrong = session.Challenge[1] == "left" ? "right" : "left";

        (await SendAsync(session, (await FilmAsync()).Show(["center", wrong]).Frames)).ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "liveness_wrong_turn");
    }

    [Test]
    public async Task A_session_takes_the_frames_of_whoever_began_it_with_its_nonce_in_its_time()
    {
        var session = await BeginAsync();
        using var eve = await OperatorAsync();

        (await PostAsync(session, "0", [Photos.Portrait], eve)).ShouldBeProblem(HttpStatusCode.NotFound, "not_found");
        (await PostAsync(session with { Nonce = "guessed" }, "0", [Photos.Portrait])).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        (await PostAsync(session, "soon", [Photos.Portrait])).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        (await PostAsync(session, "0,1,2,3,4,5,6,7,8", [Photos.Portrait])).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        (await PostAsync(session, "0,150", [Photos.Portrait])).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        (await PostAsync(session, "0", [new byte[1024 * 1024 + 1]])).ShouldBeProblem(HttpStatusCode.RequestEntityTooLarge, "image_too_large");
        (await PostAsync(session, "0", [Photos.Portrait])).ShouldBe(HttpStatusCode.OK);
        _time.Advance(TimeSpan.FromSeconds(60));
        (await PostAsync(session, "150", [Photos.PortraitInRgb])).ShouldBeProblem(HttpStatusCode.Conflict, "liveness_over");
    }

    [Test]
    public async Task A_new_session_for_the_same_person_ends_the_one_before()
    {
        var first = await BeginAsync();
        var second = await BeginAsync();

        (await PostAsync(first, "0", [Photos.Portrait])).ShouldBeProblem(HttpStatusCode.NotFound, "not_found");
        (await PostAsync(second, "0", [Photos.Portrait])).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Only_who_may_do_what_a_session_is_for_begins_it()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        using var program = _server.Anonymous();
        var key = (await admin.PostAsync("/api/v1/api-keys", new { name = "Gate", scopes = new[] { "photos.analyse", "faces.verify" } })).ShouldBe(HttpStatusCode.Created);
        program.Http.DefaultRequestHeaders.Add("X-Api-Key", key["key"].GetString());

        (await _ada.PostAsync(Sessions, new { purpose = "verify", userId = john })).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
        (await program.PostAsync(Sessions, new { purpose = "enroll", userId = john })).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
        (await program.PostAsync(Sessions, new { purpose = "proof", userId = john })).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
        (await program.PostAsync(Sessions, new { purpose = "verify" })).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        (await program.PostAsync(Sessions, new { purpose = "verify", userId = 999_999 })).ShouldBeProblem(HttpStatusCode.NotFound, "not_found");
        (await program.PostAsync(Sessions, new { purpose = "identify", userId = john })).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        (await program.PostAsync(Sessions, new { purpose = "verify", userId = john })).ShouldBe(HttpStatusCode.Created);
        for (var i = 0; i < 20; i++)
        {
            (await program.PostAsync(Sessions, new { purpose = "identify" })).ShouldBe(HttpStatusCode.Created);
        }

        (await program.PostAsync(Sessions, new { purpose = "identify" })).ShouldBeProblem(HttpStatusCode.TooManyRequests, "liveness_too_many_sessions");
    }

    [Test]
    public async Task A_face_proves_nothing_without_liveness_where_it_is_required()
    {
        var app = await _ada.SetUpMfaAsync();
        (await _ada.PostPhotosAsync($"/api/v1/me/faces?livenessSession={await PassAsync("enroll")}", ("image", Photos.Portrait))).ShouldBe(HttpStatusCode.Created);

        (await ProveAsync(null)).ShouldBeProblem(HttpStatusCode.Forbidden, "liveness_required");
        (await ProveAsync(await PassAsync("proof"))).ShouldBe(HttpStatusCode.OK);
        Assert.That(app, Is.Not.Null);

        Task<Answer> ProveAsync(string? session)
        {
            var parts = new List<(string, byte[])> { ("method", "face"u8.ToArray()), ("password", Encoding.UTF8.GetBytes(Api.Password)), ("image", Photos.Portrait) };
            if (session is not null)
            {
                parts.Add(("livenessSession", Encoding.UTF8.GetBytes(session)));
            }

            return _ada.PostPhotosAsync("/api/v1/auth/step-up", [.. parts]);
        }
    }

    [Test]
    public async Task Nobody_is_identified_without_liveness_where_it_is_required()
    {
        using var admin = await AdminAsync();
        (await admin.EnrolAsync(_ada.UserId, Photos.Portrait)).ShouldBe(HttpStatusCode.Created);
        using var gate = await OperatorAsync();

        (await gate.IdentifyAsync(Photos.Portrait)).ShouldBeProblem(HttpStatusCode.Forbidden, "liveness_required");
        (await gate.IdentifyAsync(Photos.Portrait, "?all=true")).ShouldBeProblem(HttpStatusCode.Forbidden, "liveness_one_person");
        var mine = await PassAsync("verify");
        (await gate.IdentifyAsync(Photos.Portrait, $"?livenessSession={mine}")).ShouldBeProblem(HttpStatusCode.Conflict, "liveness_unusable");
        var session = await PassAsync("identify", gate);
        (await gate.IdentifyAsync(Photos.Portrait, $"?all=true&livenessSession={session}")).ShouldBeProblem(HttpStatusCode.Forbidden, "liveness_one_person");
        var found = (await gate.IdentifyAsync(Photos.Portrait, $"?livenessSession={session}")).ShouldBe(HttpStatusCode.OK);

        Assert.That(found["matches.0.userId"].GetInt32(), Is.EqualTo(_ada.UserId));
        (await gate.IdentifyAsync(Photos.Portrait, $"?livenessSession={session}")).ShouldBeProblem(HttpStatusCode.Conflict, "liveness_unusable");
    }

    [Test]
    public async Task Challenges_differ_and_each_asks_for_both_sides()
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < 19; i++)
        {
            var session = await BeginAsync();
            Assert.That(session.Challenge, Has.Count.EqualTo(5).And.Contains("left").And.Contains("right"));
            Assert.That(session.Challenge[0], Is.EqualTo("center"));
            seen.Add(string.Join(' ', session.Challenge));
        }

        Assert.That(seen, Has.Count.GreaterThan(6));
    }

    [Test]
    public async Task Whoever_begins_session_after_session_and_passes_none_must_wait()
    {
        for (var i = 0; i < 20; i++)
        {
            await BeginAsync();
        }

        var waits = (await _ada.PostAsync(Sessions, new { purpose = "verify" })).ShouldBeProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        Assert.That(waits["retryAfter"].GetInt32(), Is.InRange(1, 30));
    }

    private sealed record Session(string Id, string Nonce, IReadOnlyList<string> Challenge);

    private static string Either(Answer answer, params string[] codes) => codes.FirstOrDefault(code => answer.Body.Contains(code, StringComparison.Ordinal)) ?? codes[0];

    private async Task<Api> OperatorAsync()
    {
        using var _ = await PersonAsync("eve@example.com", "operator");
        return await _server.Anonymous().LoginAsync("eve@example.com");
    }

    private async Task<Session> BeginAsync(string purpose = "verify", Api? caller = null)
    {
        var begun = (await (caller ?? _ada).PostAsync(Sessions, new { purpose })).ShouldBe(HttpStatusCode.Created);
        return new Session(
            begun["id"].GetString()!, begun["nonce"].GetString()!, [.. begun["challenge"].EnumerateArray().Select(step => step.GetString()!)]);
    }

    /// <returns>The id of a session that the head in the portrait passed.</returns>
    private async Task<string> PassAsync(string purpose, Api? caller = null) => (await BeginPassedAsync(purpose, caller)).Id;

    private async Task<(string Id, Answer Last)> BeginPassedAsync(string purpose, Api? caller = null)
    {
        var session = await BeginAsync(purpose, caller);
        var last = (await SendAsync(session, (await FilmAsync()).Show(session.Challenge).Frames, caller: caller)).ShouldBe(HttpStatusCode.OK);
        Assert.That(last["passed"].GetBoolean(), Is.True, $"{string.Join(' ', session.Challenge)}: {last.Body}");
        return (session.Id, last);
    }

    /// <summary>Sends frames eight at a time, as they are taken, until the server has had enough.</summary>
    private async Task<Answer> SendAsync(Session session, IReadOnlyList<byte[]> frames, int interval = Film.Interval, Api? caller = null, int from = 0)
    {
        Answer? last = null;
        for (var i = 0; i < frames.Count; i += 8)
        {
            var some = frames.Skip(i).Take(8).ToArray();
            _time.Advance(TimeSpan.FromMilliseconds(some.Length * interval));
            last = await PostAsync(session, string.Join(',', Enumerable.Range(from + i, some.Length).Select(k => k * interval)), some, caller);
            if (last.Status != HttpStatusCode.OK || last["passed"].GetBoolean())
            {
                break;
            }
        }

        return last!;
    }

    private Task<Answer> PostAsync(Session session, string times, byte[][] frames, Api? caller = null) => (caller ?? _ada).PostPhotosAsync(
        $"{Sessions}/{session.Id}/frames",
        [("nonce", Encoding.UTF8.GetBytes(session.Nonce)), ("times", Encoding.UTF8.GetBytes(times)), .. frames.Select((frame, i) => ($"frame{i + 1}", frame))]);

    private async Task<Film> FilmAsync()
    {
        var analysed = await _server.Services.GetRequiredService<IFaceEngine>().AnalyseAsync(Photos.Portrait, new AnalysisOptions(), CancellationToken.None);
        return new Film(Photos.Portrait, analysed.Value.Faces.Single().Landmarks);
    }
}
