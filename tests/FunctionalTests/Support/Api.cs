using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace FaceId.FunctionalTests.Support;

/// <summary>A caller of the API: what tests want of it, in their words.</summary>
internal sealed class Api(HttpClient http) : IDisposable
{
    public const string Password = "correct horse battery";

    public HttpClient Http => http;

    /// <summary>The id of the signed-in account.</summary>
    public int UserId { get; private set; }

    public void Dispose() => http.Dispose();

    public Task<Answer> GetAsync(string path) => Answer.OfAsync(http.GetAsync(new Uri(path, UriKind.Relative)));

    public Task<Answer> DeleteAsync(string path) => Answer.OfAsync(http.DeleteAsync(new Uri(path, UriKind.Relative)));

    public async Task<Answer> PostAsync(string path, object body) => Adopt(path, await Answer.OfAsync(http.PostAsJsonAsync(path, body)));

    public Task<Answer> PatchAsync(string path, object body) => Answer.OfAsync(http.PatchAsJsonAsync(path, body));

    public Task<Answer> PutAsync(string path, object body) => Answer.OfAsync(http.PutAsJsonAsync(path, body));

    public Task<Answer> PostBytesAsync(string path, byte[] body, string type, CancellationToken cancellationToken = default)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return Answer.OfAsync(http.PostAsync(new Uri(path, UriKind.Relative), content, cancellationToken));
    }

    /// <summary>Sends photos as parts of a multipart body.</summary>
    public Task<Answer> PostPhotosAsync(string path, params (string Field, byte[] Photo)[] photos)
    {
        var form = new MultipartFormDataContent();
        foreach (var (field, photo) in photos)
        {
            var content = new ByteArrayContent(photo);
            content.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
            form.Add(content, field, $"{field}.jpg");
        }

        return Answer.OfAsync(http.PostAsync(new Uri(path, UriKind.Relative), form));
    }

    public Task<Answer> RegisterAsync(string email, string password = Password, string name = "Ada Lovelace") =>
        PostAsync("/api/v1/auth/register", new { email, name, password });

    public Task<Answer> TryLoginAsync(string email, string password = Password) =>
        PostAsync("/api/v1/auth/login", new { email, password });

    /// <summary>Does what the last mail to this address says.</summary>
    public async Task<Answer> VerifyEmailAsync(string email) =>
        (await PostAsync("/api/v1/auth/verify-email", new { token = await Mailbox.TokenAsync(email) })).ShouldBe(HttpStatusCode.NoContent);

    /// <summary>Signs in; every later request carries the token.</summary>
    public async Task<Api> LoginAsync(string email, string password = Password) =>
        await ContinueAsync((await TryLoginAsync(email, password)).ShouldBe(HttpStatusCode.OK));

    /// <summary>Chooses a password in the place of one that somebody else gave.</summary>
    public async Task<Api> ChoosePasswordAsync(string given, string own = Password)
    {
        (await PostAsync("/api/v1/me/password", new { currentPassword = given, newPassword = own })).ShouldBe(HttpStatusCode.NoContent);
        return this;
    }

    /// <summary>Goes on with the tokens of a sign-in or a refresh.</summary>
    public async Task<Api> ContinueAsync(Answer signedIn)
    {
        RefreshToken = signedIn["refreshToken"].GetString()!;
        return await ContinueAsync(signedIn["accessToken"].GetString()!);
    }

    /// <summary>The refresh token of the last sign-in.</summary>
    public string RefreshToken { get; private set; } = "";

    public Task<Answer> TryRefreshAsync(string? refreshToken = null) =>
        PostAsync("/api/v1/auth/refresh", new { refreshToken = refreshToken ?? RefreshToken });

    /// <summary>Sets up an authenticator app.</summary>
    /// <param name="mailedToken">The token of the mail that told of the former one's removal.</param>
    public async Task<AuthenticatorApp> SetUpMfaAsync(string? mailedToken = null)
    {
        var setup = (await PostAsync("/api/v1/me/mfa/setup", new { })).ShouldBe(HttpStatusCode.OK);
        var app = new AuthenticatorApp(setup["secret"].GetString()!);
        var enabled = (await PostAsync("/api/v1/me/mfa/enable", new { code = app.NextCode(), mailedToken })).ShouldBe(HttpStatusCode.OK);
        app.RecoveryCodes = [.. enabled["recoveryCodes"].EnumerateArray().Select(code => code.GetString()!)];
        return app;
    }

    public Task<Answer> CompleteSignInAsync(Answer login, string method, string code) =>
        PostAsync("/api/v1/auth/mfa", new { mfaToken = login["mfaToken"].GetString(), method, code });

    /// <summary>Goes on with the tokens that a proof or a change was answered: those before are good no longer.</summary>
    private Answer Adopt(string path, Answer answer)
    {
        if (path is "/api/v1/auth/step-up" or "/api/v1/me/mfa/enable" or "/api/v1/me/passkeys" or "/api/v1/me/password"
            && answer is { Message.IsSuccessStatusCode: true, Body.Length: > 0 } && answer.Json.TryGetProperty("accessToken", out var accessToken))
        {
            RefreshToken = answer["refreshToken"].GetString()!;
            Use(accessToken.GetString()!);
        }

        return answer;
    }

    /// <summary>Goes on with a token got before.</summary>
    public async Task<Api> ContinueAsync(string accessToken)
    {
        Use(accessToken);
        UserId = (await GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK)["id"].GetInt32();
        return this;
    }

    public string Token => http.DefaultRequestHeaders.Authorization!.Parameter!;

    public void Use(string accessToken) => http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);

    /// <summary>Makes a person without a password, as an administrator.</summary>
    public async Task<int> CreatePersonAsync(string email = "john@example.com")
    {
        var created = await PostAsync("/api/v1/users", new { email, name = "John" });
        return created.ShouldBe(HttpStatusCode.Created)["id"].GetInt32();
    }

    public Task<Answer> EnrolAsync(int userId, byte[] photo) =>
        PostPhotosAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/users/{userId}/faces"), ("image", photo));

    public Task<Answer> VerifyAsync(int userId, byte[] photo) =>
        PostPhotosAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/users/{userId}/verify"), ("image", photo));

    public Task<Answer> IdentifyAsync(byte[] photo, string query = "") => PostPhotosAsync($"/api/v1/faces/identify{query}", ("image", photo));

    public Task<Answer> DetectAsync(byte[] photo, string query = "") => PostPhotosAsync($"/api/v1/faces/detect{query}", ("image", photo));

    public Task<Answer> LogsAsync(string query = "") => GetAsync($"/api/v1/logs{query}");
}
