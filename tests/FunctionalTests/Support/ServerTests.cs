using System.Net;

namespace FaceId.FunctionalTests.Support;

/// <summary>Tests against the shared server; each starts with empty tables and one administrator.</summary>
public abstract class ServerTests
{
    [SetUp]
    public Task ResetAsync()
    {
        Mailbox.Empty();
        return TestRun.ResetAsync();
    }

    private protected static Api Anonymous() => TestRun.Server.Anonymous();

    private protected static async Task<Api> AdminAsync()
    {
        var admin = Anonymous();
        return await admin.ContinueAsync(TestRun.AdminToken);
    }

    /// <summary>Makes a person whose address is verified, and signs them in.</summary>
    private protected static async Task<Api> PersonAsync(string email = "ada@example.com", string role = "user")
    {
        using var admin = await AdminAsync();
        (await admin.PostAsync("/api/v1/users", new { email, name = "Ada Lovelace", password = Api.Password, role, verified = true }))
            .ShouldBe(HttpStatusCode.Created);
        return await Anonymous().LoginAsync(email);
    }

    private protected static Task<int> ExecuteAsync(string sql, params object[] values) =>
        TestDatabase.ExecuteAsync(TestDatabase.ConnectionString, sql, values);

    private protected static Task<T> ScalarAsync<T>(string sql, params object[] values) =>
        TestDatabase.ScalarAsync<T>(TestDatabase.ConnectionString, sql, values);
}
