using System.Globalization;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Web.Startup;

/// <summary>How long and how much a client may take. The defaults suit slow phones and stop those who are slow on purpose.</summary>
internal sealed record RequestLimits
{
    /// <summary>Open connections; more are closed at once. Each costs some kilobytes, with TLS some tens of them.</summary>
    public int MaxConnections { get; init; } = 5000;

    /// <summary>Until a request's headers must have arrived.</summary>
    public TimeSpan Headers { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Until a request must be answered, its body read included.</summary>
    public TimeSpan Request { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The same for requests with photos: a phone sends 15 MiB in it over 1 Mbit/s, and they may have to queue.</summary>
    public TimeSpan PhotoRequest { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>The same for exports and imports: somebody's whole log at the speed of their line.</summary>
    public TimeSpan ExportRequest { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The largest body of people and faces in bytes; a million of them have three quarters of it. <c>faceid import</c> takes any size.</summary>
    public long ImportBytes { get; init; } = Mebibyte * 1024;

    private const long Mebibyte = 1024 * 1024;

    /// <summary>
    /// Reads <c>FaceId:MaxConnections</c>, <c>:HeaderSeconds</c>, <c>:RequestSeconds</c>, <c>:PhotoRequestSeconds</c>, <c>:ExportRequestSeconds</c>
    /// and <c>:ImportMebibytes</c>.
    /// </summary>
    /// <exception cref="StartupException">One is no whole number, or out of its range.</exception>
    public static RequestLimits Load(IConfiguration configuration)
    {
        var usual = new RequestLimits();
        return new RequestLimits
        {
            MaxConnections = Number("MaxConnections", usual.MaxConnections, 1_000_000),
            Headers = Seconds("HeaderSeconds", usual.Headers),
            Request = Seconds("RequestSeconds", usual.Request),
            PhotoRequest = Seconds("PhotoRequestSeconds", usual.PhotoRequest),
            ExportRequest = Seconds("ExportRequestSeconds", usual.ExportRequest),
            ImportBytes = Number("ImportMebibytes", (int)(usual.ImportBytes / Mebibyte), 1_000_000) * Mebibyte,
        };

        TimeSpan Seconds(string name, TimeSpan otherwise) => TimeSpan.FromSeconds(Number(name, (int)otherwise.TotalSeconds, 3600));

        int Number(string name, int otherwise, int max)
        {
            if (configuration[$"FaceId:{name}"] is not { Length: > 0 } text)
            {
                return otherwise;
            }

            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= max
                ? number
                : throw new StartupException($"FaceId:{name}: '{text}' is not a whole number from 1 to {max}.");
        }
    }
}
