using System.Globalization;
using System.Runtime.CompilerServices;
using ErrorOr;
using FaceId.Application.Faces;
using FaceId.Application.Users.Imports;
using FaceId.Domain.Faces;
using FaceId.Infrastructure.Faces;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceId.Web.Commands;

/// <summary>
/// Reencodes every stale face, on all processors. Nothing is noted on the way: a face that is done is stale no longer, so what was stopped, by whatever, goes on
/// when it is run again.
/// </summary>
internal sealed class Reencoding : IDisposable
{
    /// <summary>How many numbers of faces are shown for each reason; the file has them all.</summary>
    private const int Shown = 20;

    private readonly IServiceProvider _services;
    private readonly DateTimeOffset? _before;
    private readonly bool _dryRun;
    private readonly string _reportPath;
    private readonly CountStaleFaces.Response _found;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly SortedDictionary<string, (long Count, List<int> First)> _refusals = [];
    private (long Done, long Compared, long Refused, long Gone) _counts;

    private Reencoding(IServiceProvider services, DateTimeOffset? before, bool dryRun, string reportPath, CountStaleFaces.Response found) =>
        (_services, _before, _dryRun, _reportPath, _found) = (services, before, dryRun, reportPath, found);

    public static async Task<Reencoding> BeginAsync(IServiceProvider services, DateTimeOffset? before, bool dryRun, string reportPath, CancellationToken cancellationToken) =>
        new(services, before, dryRun, reportPath, await SendAsync(services, new CountStaleFaces(before), cancellationToken));

    /// <returns>How many were refused.</returns>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        if (_found.WithPhoto > 0)
        {
            await NoteAsync(string.Create(CultureInfo.InvariantCulture, $"begun={_found.WithPhoto}"));
            try
            {
                await ReencodeAllAsync(cancellationToken);
            }
            finally
            {
                await NoteAsync(string.Create(CultureInfo.InvariantCulture, $"reencoded={_counts.Done} refused={_counts.Refused}"));
            }
        }

        Print();
        return _counts.Refused;
    }

    public void Dispose() => _turn.Dispose();

    private async Task ReencodeAllAsync(CancellationToken cancellationToken)
    {
        await _services.GetRequiredService<IFaceEngine>().WarmUpAsync(cancellationToken);
        await using var report = new ImportReport(_reportPath, _services.GetRequiredService<TimeProvider>(), "faces");
        var workers = new ParallelOptions
        {
            MaxDegreeOfParallelism = _services.GetRequiredService<IOptions<FaceEngineOptions>>().Value.Workers,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(StaleAsync(cancellationToken), workers, async (face, stop) =>
        {
            await using var scope = _services.CreateAsyncScope();
            var result = await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new ReencodeFace(face.Id, _dryRun), stop);
            await CountAsync(face, result, report, stop);
        });
        report.Finish();
    }

    private async IAsyncEnumerable<StaleFace> StaleAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<StaleFace> faces;
        var last = 0;
        do
        {
            faces = await SendAsync(_services, new ListStaleFaces(_before, last), cancellationToken);
            foreach (var face in faces)
            {
                last = face.Id;
                yield return face;
            }
        }
        while (faces.Count == ListStaleFaces.AtOnce);
    }

    private async Task CountAsync(StaleFace face, ErrorOr<ReencodeFace.Response> result, ImportReport report, CancellationToken cancellationToken)
    {
        // What is written is counted, whoever gives up meanwhile.
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            var refused = result.IsError && result.FirstError.Code != FaceEncodingErrors.NotFound.Code;
            _counts = (
                _counts.Done + (result.IsError ? 0 : 1),
                _counts.Compared + (result is { IsError: false, Value.Compared: true } ? 1 : 0),
                _counts.Refused + (refused ? 1 : 0),
                _counts.Gone + (result.IsError && !refused ? 1 : 0));
            if (refused)
            {
                var (count, first) = _refusals.GetValueOrDefault(result.FirstError.Code, (0, []));
                if (count < Shown)
                {
                    first.Add(face.Id);
                }

                _refusals[result.FirstError.Code] = (count + 1, first);
            }

            var seen = _counts.Done + _counts.Refused + _counts.Gone;
            await report.WriteAsync(
                new ImportProgress(0, new ImportCounts(seen, 0, _counts.Done, 0, _counts.Refused), Math.Min(1, seen / (double)_found.WithPhoto)),
                refused ? new[] { new Refusal(face.Id, face.UserId, result.FirstError.Code, result.FirstError.Description) } : [],
                cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task NoteAsync(string detail)
    {
        if (!_dryRun)
        {
            await SendAsync(_services, new NoteReencoding(detail), CancellationToken.None);
        }
    }

    private static async Task<T> SendAsync<T>(IServiceProvider services, IRequest<ErrorOr<T>> request, CancellationToken cancellationToken)
    {
        var result = await services.GetRequiredService<IMediator>().Send(request, cancellationToken);
        return result.IsError ? throw RefusedException.For(result.Errors, account: null) : result.Value;
    }

    private void Print()
    {
        Write($"{(_dryRun ? "Would reencode" : "Reencoded")} {_counts.Done} of {_found.All} faces.");
        WriteIf(_counts.Done - _counts.Compared, $"had numbers of another model, so nobody compared the photo with them.");
        WriteIf(_found.All - _found.WithPhoto - _found.WithoutPhoto, $"needed nothing.");
        WriteIf(_found.WithoutPhoto, $"have no kept photo and stay as they are until their person is verified or enrols again.");
        WriteIf(_counts.Gone, $"were erased meanwhile.");
        if (_counts.Refused > 0)
        {
            WriteIf(_counts.Refused, $"were refused and stay as they are; {_reportPath} says why:");
            foreach (var (code, (count, first)) in _refusals)
            {
                Write($"  {code}: {string.Join(", ", first)}{(count > first.Count ? $" and {count - first.Count} others" : "")}");
            }
        }

        static void WriteIf(long count, FormattableString rest)
        {
            if (count > 0)
            {
                Write($"{count} {FormattableString.Invariant(rest)}");
            }
        }

        static void Write(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
    }

    private sealed record Refusal(int Face, int User, string Code, string Detail);
}
