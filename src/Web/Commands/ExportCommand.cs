using System.CommandLine;
using System.Globalization;
using FaceId.Application.Users.Imports;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Users.Imports;
using MediatR;

namespace FaceId.Web.Commands;

/// <summary><c>faceid export</c>: everybody with their faces, as <c>faceid import</c> takes them.</summary>
internal static class ExportCommand
{
    private const string StandardOutput = "-";

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A new file, made closed to others; - for standard output, such as into an encrypting program." };
        var format = new Option<string>("--format") { Description = "How people are written.", DefaultValueFactory = _ => "jsonl" };
        format.AcceptOnlyFromAmong("jsonl", "csv");
        var yes = new Option<bool>("--yes") { Description = "You know that the file holds biometric data that nothing protects." };
        var command = new ExampledCommand(
            "export",
            "Write all people with their faces in clear, as 'faceid import' takes them. Passwords, roles, consents and photos are not part of it: a backup holds those.",
            "faceid export people.jsonl --yes",
            "faceid export - --yes | gpg --encrypt --recipient ops@example.com > people.jsonl.gpg")
        {
            file, format, yes,
        };
        command.Validators.Add(result =>
        {
            if (!result.GetValue(yes))
            {
                result.AddError("The file will hold everybody's faces in clear: whoever gets it has them for good. Say --yes if that is what you want; a backup of the database keeps them encrypted.");
            }
        });
        command.SetAction((parsed, cancellationToken) => ExportAsync(
            parsed.GetValue(file)!, parsed.GetValue(format) == "csv" ? PeopleFormat.Csv : PeopleFormat.Jsonl, cancellationToken));
        return command;
    }

    private static async Task ExportAsync(string file, PeopleFormat format, CancellationToken cancellationToken)
    {
        await using var stream = file == StandardOutput ? Console.OpenStandardOutput() : Make(file);
        await CommandServices.RunAsync(
            async services =>
            {
                var result = await services.GetRequiredService<IMediator>().Send(new ExportPeople(), cancellationToken);
                if (result.IsError)
                {
                    throw RefusedException.For(result.Errors, account: null);
                }

                var writer = new PeopleWriter(stream, format);
                var (people, faces, unreadable) = (0L, 0L, 0L);
                await foreach (var person in result.Value.People)
                {
                    await writer.WriteAsync(person, cancellationToken);
                    people++;
                    faces += person.Faces.Count;
                    unreadable += person.UnreadableFaces;
                }

                await writer.FlushAsync(cancellationToken);
                await Console.Error.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"Wrote {people} people and {faces} faces in clear. Keep the file as you would keep their passwords, and delete it soon."));
                if (unreadable > 0)
                {
                    throw new StartupException(string.Create(
                        CultureInfo.InvariantCulture, $"{unreadable} faces do not open and are not in it: 'faceid keys status' tells whether a key is missing."));
                }
            },
            cancellationToken);
    }

    private static FileStream Make(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            return new FileStream(file, options);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{file} cannot be made: {exception.Message}");
        }
    }
}
