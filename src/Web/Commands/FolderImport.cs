using System.Buffers;
using System.Globalization;
using ErrorOr;
using FaceId.Application.Faces;
using FaceId.Application.Users;
using FaceId.Application.Users.Consents;
using FaceId.Application.Users.Imports;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Faces;
using FaceId.Infrastructure.Search;
using FaceId.Infrastructure.Users.Imports;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceId.Web.Commands;

/// <summary>
/// <c>faceid import FOLDER</c>: makes the accounts, then enrols each photo as the API does, on all processors. How far it has come without
/// a gap is noted; what is ahead of that is known by its photo when it comes again.
/// </summary>
internal sealed class FolderImport : IDisposable
{
    private const int NoteEvery = 8;

    private readonly IServiceProvider _services;
    private readonly ImportOptions _options;
    private readonly ImportReport _report;
    private readonly IPeopleImport _import;
    private readonly DirectoryInfo _folder;
    private readonly IReadOnlyList<(FolderPerson Person, string Path)> _photos;
    private readonly IReadOnlyDictionary<string, int> _accounts;
    private readonly int _maxBytes;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly HashSet<int> _ahead = [];
    private readonly HashSet<int> _consented = [];
    private readonly long _skipped;
    private ImportCounts _counts;
    private long _done;

    private FolderImport(
        IServiceProvider services,
        ImportOptions options,
        ImportReport report,
        IPeopleImport import,
        DirectoryInfo folder,
        PeopleFolder people,
        IReadOnlyDictionary<string, int> accounts,
        ImportPeople.Response made)
    {
        (_services, _options, _report, _import, _folder, _accounts) = (services, options, report, import, folder, accounts);
        _photos = [.. people.People.SelectMany(person => person.Photos, (person, photo) => (person, photo))];
        _maxBytes = services.GetRequiredService<IOptions<FaceEngineOptions>>().Value.MaxImageBytes;
        _counts = new ImportCounts(0, made.People, 0, 0, 0);
        _skipped = _done = import.Done;
    }

    public static async Task<int> RunAsync(DirectoryInfo folder, ImportOptions options, string reportPath, CancellationToken cancellationToken)
    {
        var refused = 0L;
        try
        {
            var people = PeopleFolder.Open(folder);
            await CommandServices.RunAsync(
                async services =>
                {
                    if (options.Consent == ImportConsent.None && services.GetRequiredService<AccountOptions>().RequireConsent != ConsentRule.Off)
                    {
                        throw new StartupException("Faces are enrolled with the consent of the people only. Say --consent-attested if you vouch for it, or --consent-recorded if you have it on record.");
                    }

                    await using var report = new ImportReport(reportPath, services.GetRequiredService<TimeProvider>());
                    refused = await RunAsync(services, folder, people, options, report, cancellationToken);
                },
                cancellationToken);
        }
        catch (ImportSourceException exception)
        {
            throw new StartupException($"{folder.Name}: {exception.Message}");
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new StartupException($"{folder.FullName} cannot be read: {exception.Message}");
        }

        return refused == 0 ? 0 : RefusedException.Refused;
    }

    private static async Task<long> RunAsync(
        IServiceProvider services, DirectoryInfo folder, PeopleFolder people, ImportOptions options, ImportReport report, CancellationToken cancellationToken)
    {
        var names = new FolderNames(people, report);
        var made = await services.GetRequiredService<IMediator>().Send(
            new ImportPeople(people, options with { Consent = ImportConsent.None }, names), cancellationToken);
        if (made.IsError)
        {
            throw RefusedException.For(made.Errors, account: null);
        }

        if (await services.GetRequiredService<IPeopleStore>().BeginAsync(people.PhotosIdentity, options, cancellationToken) is not { } import)
        {
            throw RefusedException.For([ImportErrors.Running], account: null);
        }

        await using (import)
        {
            await services.GetRequiredService<IFaceEngine>().WarmUpAsync(cancellationToken);
            await using var gallery = options.DryRun ? null : await CommandGallery.OpenAsync(services, cancellationToken);
            string[] addresses = [.. people.People.Where(person => !person.Person.IsError).Select(person => person.Person.Value.Email.Value)];
            using var work = new FolderImport(
                services, options, report, import, folder, people, await import.FindAsync(addresses, cancellationToken), made.Value);
            var stopped = made.Value.StoppedAtLine is not null || !await work.EnrolAllAsync(cancellationToken);
            report.Finish();
            work.Print(made.Value, stopped);
            return made.Value.Refused + work._counts.Refused;
        }
    }

    /// <returns>False when a strict import stopped at a refusal.</returns>
    private async Task<bool> EnrolAllAsync(CancellationToken cancellationToken)
    {
        using var strict = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var workers = new ParallelOptions
        {
            MaxDegreeOfParallelism = _services.GetRequiredService<IOptions<FaceEngineOptions>>().Value.Workers,
            CancellationToken = strict.Token,
        };
        try
        {
            await Parallel.ForAsync((int)_done, _photos.Count, workers, async (i, stop) =>
            {
                var error = await EnrolAsync(_photos[i].Person, _photos[i].Path, stop);
                await CountAsync(i, error, stop);
                if (_options.Strict && error is not null && !IsKnown(error))
                {
                    await strict.CancelAsync();
                }
            });
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            if (!_options.DryRun && _done > _skipped)
            {
                await _import.NoteAsync(_done, CancellationToken.None);
            }
        }

        if (!_options.DryRun)
        {
            await _import.FinishAsync(cancellationToken);
        }

        return true;
    }

    private static bool IsKnown(Error? error) => error?.Code == FaceErrors.PhotoEnrolled.Code;

    /// <returns>Why it was not enrolled; null when it was.</returns>
    private async Task<Error?> EnrolAsync(FolderPerson person, string path, CancellationToken cancellationToken)
    {
        await using var scope = _services.CreateAsyncScope();
        var photo = new FilePhoto(path, _maxBytes);
        if (_options.DryRun)
        {
            var encoded = await scope.ServiceProvider.GetRequiredService<SingleFace>().EncodeAsync(photo, PhotoUse.Enrolment, cancellationToken);
            return encoded.IsError ? encoded.FirstError : null;
        }

        if (person.Person.IsError || !_accounts.TryGetValue(person.Person.Value.Email.Value, out var id))
        {
            return Error.Conflict("no_account", "The person was refused; see the line of their folder.");
        }

        var mediator = scope.ServiceProvider.GetRequiredService<IMediator>();
        if (_options.Consent == ImportConsent.Recorded && await ConsentAsync(mediator, id, cancellationToken) is { } refused)
        {
            return refused;
        }

        var enrolled = await mediator.Send(new EnrolFace(id, photo, OnlyNew: true), cancellationToken);
        return enrolled.IsError ? enrolled.FirstError : null;
    }

    /// <summary>Puts the person's consent on record, once.</summary>
    private async Task<Error?> ConsentAsync(IMediator mediator, int id, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_consented.Contains(id))
            {
                return null;
            }

            var given = await mediator.Send(new RecordConsent(id, Accepted: true), cancellationToken);
            _consented.Add(id);
            return given.IsError ? given.FirstError : null;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task CountAsync(int i, Error? error, CancellationToken cancellationToken)
    {
        // What is enrolled is counted, whoever gives up meanwhile.
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            var refused = error is not null && !IsKnown(error);
            _counts = _counts with
            {
                Entries = _counts.Entries + 1,
                Faces = _counts.Faces + (error is null ? 1 : 0),
                Known = _counts.Known + (IsKnown(error) ? 1 : 0),
                Refused = _counts.Refused + (refused ? 1 : 0),
            };
            _ahead.Add(i);
            while (_ahead.Remove((int)_done))
            {
                _done++;
            }

            if (!_options.DryRun && _counts.Entries % NoteEvery == 0)
            {
                await _import.NoteAsync(_done, cancellationToken);
            }

            await _report.WriteAsync(
                new ImportProgress(_skipped, _counts, (_skipped + _counts.Entries) / (double)_photos.Count),
                refused ? new[] { PhotoRefusal.Of(Path.GetRelativePath(_folder.FullName, _photos[i].Path), error!.Value) } : [],
                cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private void Print(ImportPeople.Response made, bool stopped)
    {
        var culture = CultureInfo.InvariantCulture;
        Console.WriteLine(string.Create(
            culture, $"{(_options.DryRun ? "Would make" : "Made")} {made.People} accounts and {(_options.DryRun ? "enrol, where no other person has the face," : "enrolled")} {_counts.Faces} of {_counts.Entries} photos."));
        if (_skipped > 0)
        {
            Console.WriteLine(string.Create(culture, $"{_skipped} photos before them were done already."));
        }

        if (_counts.Known > 0)
        {
            Console.WriteLine(string.Create(culture, $"{_counts.Known} photos were enrolled already."));
        }

        if (made.Refused + _counts.Refused is > 0 and var refused)
        {
            Console.WriteLine(string.Create(culture, $"{refused} were refused; {_report.Path} says why."));
        }

        if (stopped)
        {
            Console.WriteLine("Stopped there, as --strict asks.");
        }
    }

    /// <summary>A folder's name that is nobody's, or another person's.</summary>
    private sealed class FolderNames(PeopleFolder people, ImportReport report) : IImportObserver
    {
        public ValueTask HearAsync(ImportProgress progress, IReadOnlyList<ImportRefusal> refused, CancellationToken cancellationToken) => report.WriteAsync(
            progress with { Counts = new ImportCounts(0, progress.Counts.People, 0, 0, progress.Counts.Refused) },
            refused.Select(refusal => new PhotoRefusal(people.People[(int)refusal.Line - 1].Folder, refusal.Code, refusal.Detail, Quality: null, Crossed: null)).ToList(),
            cancellationToken);
    }

    /// <param name="Photo">Its path in the folder, or that of a person.</param>
    /// <param name="Quality">What was measured, where that is the reason.</param>
    /// <param name="Crossed">The limits that it crosses.</param>
    private sealed record PhotoRefusal(string Photo, string Code, string Detail, object? Quality, object? Crossed)
    {
        public static PhotoRefusal Of(string photo, Error error) => new(
            photo, error.Code, error.Description, error.Metadata?.GetValueOrDefault("quality"), error.Metadata?.GetValueOrDefault("crossed"));
    }

    private sealed class FilePhoto(string path, int maxBytes) : IPhoto
    {
        public async Task<ErrorOr<PhotoFile>> ReadAsync(CancellationToken cancellationToken)
        {
            try
            {
                await using var file = new FileStream(path, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan, BufferSize = 0 });
                if (file.Length > maxBytes)
                {
                    return FaceErrors.ImageTooLarge(string.Create(CultureInfo.InvariantCulture, $"The file has {file.Length} bytes."));
                }

                var length = (int)file.Length;
                var bytes = ArrayPool<byte>.Shared.Rent(length);
                await file.ReadExactlyAsync(bytes.AsMemory(0, length), cancellationToken);
                return new PhotoFile(bytes, length);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return FaceErrors.ImageUnreadable(exception.Message);
            }
        }
    }
}
