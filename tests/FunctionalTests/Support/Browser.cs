using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FaceId.FunctionalTests.Support;

/// <summary>A headless Chromium, driven by the Chrome DevTools Protocol over its web socket.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonObject>> _waiting = new();
    private Task _listening = Task.CompletedTask;
    private int _lastId;

    private Browser(Process process, string profile) => (_process, _profile) = (process, profile);

    public static async Task<Browser> StartAsync()
    {
        var profile = Directory.CreateTempSubdirectory("faceid-browser-").FullName;
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("CHROMIUM") ?? "chromium")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", $"--user-data-dir={profile}", "--remote-debugging-port=0",
            "about:blank",
        ])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var browser = new Browser(process, profile);
        await browser._socket.ConnectAsync(await browser.AddressAsync(), CancellationToken.None);
        browser._listening = browser.ListenAsync();
        return browser;
    }

    /// <summary>Opens a page with an authenticator of its own, which says yes to everything.</summary>
    public async Task<BrowserPage> OpenAsync(Uri address)
    {
        var target = (string)(await SendAsync("Target.createTarget", new { url = address.ToString() }))["targetId"]!;
        var session = (string)(await SendAsync("Target.attachToTarget", new { targetId = target, flatten = true }))["sessionId"]!;
        var page = new BrowserPage(this, session);

        // While the page is on its way there is nothing yet to ask.
        await Eventually.IsAsync(true, async () => (bool?)(await ExchangeAsync(
            "Runtime.evaluate",
            new { expression = $"document.readyState === 'complete' && location.origin === '{address.GetLeftPart(UriPartial.Authority)}'", returnByValue = true },
            session))["result"]?["result"]?["value"] ?? false);
        await SendAsync("WebAuthn.enable", new { }, session);
        var authenticator = await SendAsync(
            "WebAuthn.addVirtualAuthenticator",
            new
            {
                options = new
                {
                    protocol = "ctap2",
                    transport = "internal",
                    hasResidentKey = true,
                    hasUserVerification = true,
                    isUserVerified = true,
                    automaticPresenceSimulation = true,
                },
            },
            session);
        page.AuthenticatorId = (string)authenticator["authenticatorId"]!;
        return page;
    }

    public async Task<JsonObject> SendAsync(string method, object parameters, string? session = null)
    {
        var answer = await ExchangeAsync(method, parameters, session);
        Assert.That(answer["error"], Is.Null, method);
        return answer["result"]!.AsObject();
    }

    private async Task<JsonObject> ExchangeAsync(string method, object parameters, string? session)
    {
        var id = Interlocked.Increment(ref _lastId);
        var answer = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = answer;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = JsonSerializer.SerializeToNode(parameters) };
        if (session is not null)
        {
            message["sessionId"] = session;
        }

        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }

        return await answer.Task.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _listening;
        _process.Dispose();
        _socket.Dispose();
        _sending.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    /// <summary>The browser writes the port that it chose, and the path, into its profile.</summary>
    private async Task<Uri> AddressAsync()
    {
        var file = Path.Combine(_profile, "DevToolsActivePort");
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Patience)
        {
            Assert.That(_process.HasExited, Is.False, "The browser ended.");
            if (File.Exists(file) && await File.ReadAllLinesAsync(file) is [var port, var path, ..])
            {
                return new Uri(string.Create(CultureInfo.InvariantCulture, $"ws://127.0.0.1:{port}{path}"));
            }

            await Task.Delay(20);
        }

        throw new TimeoutException("The browser did not start.");
    }

    private async Task ListenAsync()
    {
        var buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
                message.Write(buffer, 0, part.Count);
                if (!part.EndOfMessage)
                {
                    continue;
                }

                var json = JsonNode.Parse(message.ToArray())!.AsObject();
                message.SetLength(0);
                if (json["id"] is { } id && _waiting.TryRemove((int)id, out var waiting))
                {
                    waiting.SetResult(json);
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or JsonException)
        {
            // The browser ended.
            foreach (var waiting in _waiting.Values)
            {
                waiting.TrySetException(exception);
            }
        }
    }
}

/// <summary>A page in the browser, on an address of the server's.</summary>
internal sealed class BrowserPage(Browser browser, string session)
{
    public string AuthenticatorId { get; set; } = "";

    /// <summary>From now on the authenticator takes whoever touches it for its owner, unasked.</summary>
    public Task LoseOwnerAsync() =>
        browser.SendAsync("WebAuthn.setUserVerified", new { authenticatorId = AuthenticatorId, isUserVerified = false }, session);

    /// <summary>Makes a passkey, as the page of a sign-in would.</summary>
    public Task<JsonNode> CreatePasskeyAsync(JsonElement options) => CreatePasskeyAsync(options.GetRawText());

    public Task<JsonNode> CreatePasskeyAsync(string options) => EvaluateAsync($$"""
        navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON({{options}}) })
            .then(credential => credential.toJSON())
        """)!;

    /// <summary>Answers a challenge with a passkey.</summary>
    public Task<JsonNode> UsePasskeyAsync(JsonElement options) => UsePasskeyAsync(options.GetRawText());

    public Task<JsonNode> UsePasskeyAsync(string options) => EvaluateAsync($$"""
        navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON({{options}}) })
            .then(credential => credential.toJSON())
        """)!;

    /// <summary>Puts the text into a field by the keyboard, in place of what it held.</summary>
    public async Task TypeAsync(string fieldId, string text)
    {
        await EvaluateAsync($"document.getElementById('{fieldId}').focus(); document.getElementById('{fieldId}').select()");
        await browser.SendAsync("Input.insertText", new { text }, session);
    }

    /// <summary>From now on the reader prefers this colour scheme.</summary>
    public Task PreferAsync(string scheme) => browser.SendAsync(
        "Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-color-scheme", value = scheme } } }, session);

    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var answer = await browser.SendAsync(
            "Runtime.evaluate", new { expression, awaitPromise = true, returnByValue = true, userGesture = true }, session);
        Assert.That(answer["exceptionDetails"], Is.Null, expression);
        return answer["result"]!["value"]?.DeepClone();
    }
}
