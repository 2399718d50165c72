using FaceId.Web.Http;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FaceId.UnitTests.Http;

public sealed class ExceptionProblemsTests
{
    [Test]
    public async Task A_NUL_that_only_the_database_notices_is_the_clients_mistake() => Assert.That(
        await AnswerAsync(new DbUpdateException("", new PostgresException("invalid byte sequence", "ERROR", "ERROR", "22021"))),
        Is.EqualTo((400, "validation")));

    [Test]
    public async Task A_body_that_trickles_in_is_told_so() =>
        Assert.That(await AnswerAsync(new BadHttpRequestException("Too slow.", 408)), Is.EqualTo((408, "body_too_slow")));

    [Test]
    public async Task A_client_that_went_away_is_no_fault_of_ours() => Assert.That((await AnswerAsync(new ConnectionResetException(""))).Status, Is.EqualTo(499));

    [Test]
    public async Task Anything_else_is_a_fault_and_says_nothing_of_itself() =>
        Assert.That(await AnswerAsync(new InvalidOperationException("secret")), Is.EqualTo((500, "internal_error")));

    private static async Task<(int Status, string? Code)> AnswerAsync(Exception exception)
    {
        using var services = new ServiceCollection().AddLogging().AddProblemDetails().BuildServiceProvider();
        using var body = new MemoryStream();
        var http = new DefaultHttpContext { RequestServices = services, Response = { Body = body } };

        Assert.That(await new ExceptionProblems(NullLogger<ExceptionProblems>.Instance).TryHandleAsync(http, exception, CancellationToken.None));

        var text = System.Text.Encoding.UTF8.GetString(body.ToArray());
        Assert.That(text, Does.Not.Contain("secret"));
        return (http.Response.StatusCode, text.Length == 0 ? null : System.Text.Json.JsonDocument.Parse(text).RootElement.GetProperty("code").GetString());
    }
}
