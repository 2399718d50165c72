using System.Globalization;
using System.Text;
using System.Text.Json;
using FaceId.Application.Users.Imports;

namespace FaceId.Web.Commands;

/// <summary>Shows on standard error how far it is, and lists what is refused in a file.</summary>
/// <param name="unit">What is counted, for people.</param>
internal sealed class ImportReport(string path, TimeProvider time, string unit = "entries") : IImportObserver, IAsyncDisposable
{
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(1);

    private readonly long _started = time.GetTimestamp();
    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private long _last;
    private string? _shown;
    private FileStream? _file;

    public bool HasFile => _file is not null;

    public string Path => path;

    public ValueTask HearAsync(ImportProgress progress, IReadOnlyList<ImportRefusal> refused, CancellationToken cancellationToken) =>
        WriteAsync(progress, refused, cancellationToken);

    /// <param name="refused">What is listed, each as a line of JSON.</param>
    public async ValueTask WriteAsync<T>(ImportProgress progress, IReadOnlyList<T> refused, CancellationToken cancellationToken)
    {
        if (refused.Count > 0)
        {
            _file ??= Open();
            foreach (var refusal in refused)
            {
                await JsonSerializer.SerializeAsync(_file, refusal, JsonSerializerOptions.Web, cancellationToken);
                _file.WriteByte((byte)'\n');
            }
        }

        if (_last == 0 || time.GetElapsedTime(_last) > (_isTerminal ? Often : Seldom))
        {
            _last = time.GetTimestamp();
            Show(progress);
        }
    }

    public void Finish()
    {
        if (_isTerminal && _shown is not null)
        {
            Console.Error.WriteLine();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync();
        }
    }

    private void Show(ImportProgress progress)
    {
        var elapsed = time.GetElapsedTime(_started);
        var rate = progress.Counts.Entries / Math.Max(0.001, elapsed.TotalSeconds);
        var line = new StringBuilder();
        if (progress.Share is { } share)
        {
            const int width = 30;
            var full = (int)(share * width);
            line.Append(CultureInfo.InvariantCulture, $"[{new string('#', full)}{new string('.', width - full)}] {share:0%}  ");
        }

        line.Append(CultureInfo.InvariantCulture, $"{progress.Skipped + progress.Counts.Entries} {unit}, {rate:0}/s, {progress.Counts.Refused} refused");
        if (progress.Share is > 0 and < 1)
        {
            line.Append(CultureInfo.InvariantCulture, $", {Left(progress, elapsed):hh\\:mm\\:ss} left");
        }

        var text = line.ToString();
        Console.Error.Write(_isTerminal ? $"\r{text.PadRight(_shown?.Length ?? 0)}" : $"{text}\n");
        _shown = text;
    }

    /// <summary>What a run before has done took no time of this one.</summary>
    private static TimeSpan Left(ImportProgress progress, TimeSpan elapsed) =>
        elapsed / Math.Max(1, progress.Counts.Entries) * (progress.Skipped + progress.Counts.Entries) * (1 / progress.Share!.Value - 1);

    /// <summary>Closed to others: line numbers lead to people.</summary>
    private FileStream Open()
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }
}
