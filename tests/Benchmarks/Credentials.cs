using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace FaceId.Benchmarks;

/// <summary>The three ways to say who one is, as headers of a request.</summary>
internal sealed record Credentials(string AccessToken, string ApiKey, string Cookie)
{
    public static async Task<Credentials> GetAsync(HttpClient http, string email, string password)
    {
        var (tokens, _) = await PostAsync(http, "auth/login", new { email, password }, null);
        var accessToken = tokens.GetProperty("accessToken").GetString()!;
        var (key, _) = await PostAsync(http, "api-keys", new { name = "benchmark", scopes = (string[])["users.read"] }, accessToken);
        var (_, cookie) = await PostAsync(http, "auth/login", new { email, password, cookie = true }, null);
        return new Credentials(
            $"Authorization: Bearer {accessToken}",
            $"X-Api-Key: {key.GetProperty("key").GetString()}",
            $"Cookie: {cookie!.Split(';')[0]}");
    }

    private static async Task<(JsonElement Body, string? Cookie)> PostAsync(HttpClient http, string door, object body, string? accessToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/{door}") { Content = JsonContent.Create(body) };
        request.Headers.Authorization = accessToken is null ? null : new AuthenticationHeaderValue("Bearer", accessToken);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? (JsonDocument.Parse(text).RootElement, answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies.First() : null)
            : throw new InvalidOperationException($"{door}: {(int)answer.StatusCode} {text}");
    }
}
