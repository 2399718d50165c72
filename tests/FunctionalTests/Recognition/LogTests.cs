using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Recognition;

public sealed class LogTests : ServerTests
{
    [Test]
    public async Task Every_attempt_leaves_one_row_that_says_what_came_of_it()
    {
        using var admin = await AdminAsync();
        admin.Http.DefaultRequestHeaders.UserAgent.ParseAdd("gate/7");
        var john = await admin.CreatePersonAsync();
        await admin.EnrolAsync(john, Photos.JohnSalley);
        await admin.VerifyAsync(john, Photos.JohnSalleyAgain);
        await admin.VerifyAsync(john, Photos.JohnSimm);
        await admin.VerifyAsync(john, Photos.Empty);
        await admin.VerifyAsync(999_999, Photos.JohnSimm);
        await admin.PostPhotosAsync("/api/v1/faces/compare", ("image1", Photos.JohnSalley), ("image2", Photos.JohnSalley));
        await admin.DetectAsync(Photos.JohnSalley);

        var rows = (await admin.LogsAsync()).ShouldBe(HttpStatusCode.OK)["items"].EnumerateArray().Reverse()
            .Select(row => (
                User: row.GetProperty("userId").ToString(),
                Action: row.GetProperty("action").GetString(),
                Success: row.GetProperty("success").GetBoolean(),
                Reason: row.GetProperty("reason").GetString()))
            .ToList();

        var him = $"{john}";
        Assert.That(rows, Is.EqualTo(new[]
        {
            (him, "enroll", true, null),
            (him, "verify", true, null),
            (him, "verify", false, "no_match"),
            (him, "failed", false, "no_face"),
            ("", "failed", false, "not_found"),
            ("", "verify", true, (string?)null),
        }));
        var newest = (await admin.LogsAsync($"?userId={john}&action=verify&success=true"))["items.0"];
        Assert.Multiple(() =>
        {
            Assert.That(newest.GetProperty("distance").GetDouble(), Is.LessThan(newest.GetProperty("threshold").GetDouble()));
            Assert.That(newest.GetProperty("confidence").GetDouble(), Is.GreaterThan(0.99));
            Assert.That(newest.GetProperty("model").GetString(), Is.EqualTo("faceid-fused-v1"));
            Assert.That(newest.GetProperty("ipAddress").GetString(), Is.EqualTo("127.0.0.1"));
            Assert.That(newest.GetProperty("userAgent").GetString(), Is.EqualTo("gate/7"));
            Assert.That(newest.GetProperty("latencyMs").GetDouble(), Is.Positive);
        });
    }

    [Test]
    public async Task An_attempt_that_is_not_allowed_is_logged_too()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        using var ada = await PersonAsync();

        (await ada.VerifyAsync(john, Photos.JohnSalley)).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");

        Assert.That((await admin.LogsAsync())["items.0.reason"].GetString(), Is.EqualTo("forbidden"));
    }

    [Test]
    public async Task A_client_that_hangs_up_leaves_its_row()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        await admin.EnrolAsync(john, Photos.JohnSalley);

        // Announces a whole photo, sends half of it, and goes.
        using (var socket = new System.Net.Sockets.TcpClient())
        {
            await socket.ConnectAsync(IPAddress.Loopback, TestRun.Server.Address.Port);
            await using var stream = socket.GetStream();
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(
                $"POST /api/v1/users/{john}/verify HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {admin.Token}\r\n"
                + "Content-Type: image/jpeg\r\nContent-Length: 50000\r\n\r\n"));
            await stream.WriteAsync(Photos.Portrait.AsMemory(0, 25_000));
            await stream.FlushAsync();
        }

        await Eventually.IsAsync(2, () => ScalarAsync<long>("SELECT count(*) FROM recognition_logs"));
        Assert.That(
            await ScalarAsync<string>("SELECT reason FROM recognition_logs ORDER BY id DESC LIMIT 1"),
            Is.AnyOf("client_gone", "image_unreadable"));
    }

    [Test]
    public async Task The_log_is_read_page_by_page_newest_first()
    {
        using var admin = await AdminAsync();
        await ExecuteAsync("""
            INSERT INTO recognition_logs (user_id, action, success, confidence, ip_address, user_agent, created_at)
            SELECT NULL, 'verify', i % 2 = 0, 0.9, '192.0.2.1', 'seed', timestamptz '2026-01-01' + (i / 3) * interval '1 minute'
            FROM generate_series(1, 100) AS i
            """);

        var seen = new List<(DateTimeOffset, long)>();
        string? cursor = null;
        do
        {
            var page = (await admin.LogsAsync("?limit=7" + (cursor is null ? "" : $"&cursor={cursor}"))).ShouldBe(HttpStatusCode.OK);
            seen.AddRange(page["items"].EnumerateArray().Select(row =>
                (row.GetProperty("createdAt").GetDateTimeOffset(), row.GetProperty("id").GetInt64())));
            cursor = page["nextCursor"].GetString();
        }
        while (cursor is not null);

        Assert.Multiple(() =>
        {
            Assert.That(seen, Has.Count.EqualTo(100));
            Assert.That(seen, Is.Unique.And.Ordered.Descending, "Rows of one moment do not get lost between pages.");
        });
    }

    [Test]
    public async Task The_filters_combine()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        await ExecuteAsync($"""
            INSERT INTO recognition_logs (user_id, action, success, created_at)
            VALUES ({john}, 'verify', true, '2026-01-01T10:00Z'), ({john}, 'verify', false, '2026-01-01T11:00Z'),
                   ({john}, 'enroll', true, '2026-01-01T12:00Z'), (NULL, 'verify', true, '2026-01-02T10:00Z'),
                   (NULL, 'failed', false, '2026-01-03T10:00Z')
            """);

        Assert.Multiple(async () =>
        {
            Assert.That(await CountAsync(""), Is.EqualTo(5));
            Assert.That(await CountAsync($"?userId={john}"), Is.EqualTo(3));
            Assert.That(await CountAsync($"?userId={john}&action=verify"), Is.EqualTo(2));
            Assert.That(await CountAsync("?success=false"), Is.EqualTo(2));
            Assert.That(await CountAsync("?action=failed"), Is.EqualTo(1));
            Assert.That(await CountAsync("?from=2026-01-01T11:00:00Z&to=2026-01-02T10:00:00Z"), Is.EqualTo(2), "From counts, to does not.");
            Assert.That(await CountAsync("?from=2026-01-01T12:00:00%2B01:00&to=2026-01-02"), Is.EqualTo(2), "An offset is honoured.");
        });

        async Task<int> CountAsync(string query) => (await admin.LogsAsync(query)).ShouldBe(HttpStatusCode.OK)["items"].GetArrayLength();
    }

    [TestCase("action=dance")]
    [TestCase("from=yesterday")]
    [TestCase("from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z")]
    [TestCase("userId=john")]
    [TestCase("success=maybe")]
    public async Task A_wrong_filter_is_refused(string query)
    {
        using var admin = await AdminAsync();

        (await admin.LogsAsync($"?{query}")).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
    }
}
