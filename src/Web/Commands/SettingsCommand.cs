using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ErrorOr;
using FaceId.Application.Recognition.Settings;
using FaceId.Domain.Recognition;
using FaceId.Infrastructure.Configuration;
using MediatR;

namespace FaceId.Web.Commands;

/// <summary><c>faceid settings</c>: what administrators decide while the service runs. The rules are the API's.</summary>
internal static class SettingsCommand
{
    public static Command Create() => new("settings", "See and change how sure FaceId has to be of a face, beside the server or without it.") { Show(), Set() };

    private static ExampledCommand Show()
    {
        var json = new Option<bool>("--json") { Description = "As the API writes it." };
        var command = new ExampledCommand(
            "show",
            "Show the settings in force.",
            "faceid settings show",
            "faceid settings show --json | jq .falseMatchRates.verify")
        {
            json,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            async mediator =>
            {
                var settings = await SendAsync(mediator, new GetSettings(), cancellationToken);
                if (parsed.GetValue(json))
                {
                    Console.WriteLine(JsonSerializer.Serialize(settings, JsonSerializerOptions.Web));
                }
                else
                {
                    Print(settings);
                }
            },
            cancellationToken));
        return command;
    }

    private static ExampledCommand Set()
    {
        var name = new Argument<string>("NAME") { Description = "Which setting." }.AcceptOnlyFromAmong([.. SettingsJson.Names]);
        var value = new Argument<string>("VALUE") { Description = "A share of strangers, such as 0.0001 or 1e-4, or true or false." };
        var command = new ExampledCommand(
            "set",
            "Change one setting. Running servers go by it within two seconds.",
            "faceid settings set falseMatchRates.verify 1e-5",
            "faceid settings set requireLiveness.enrol true")
        {
            name, value,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            async mediator =>
            {
                var now = await SendAsync(mediator, new GetSettings(), cancellationToken);
                var changed = SettingsJson.With(Values(now), parsed.GetValue(name)!, parsed.GetValue(value)!);
                if (changed.IsError)
                {
                    throw new StartupException(changed.FirstError.Description);
                }

                var settings = await SendAsync(mediator, ChangeSettings.To(changed.Value, now.Version), cancellationToken);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Version {settings.Version}: {SettingsJson.Describe(Values(now), Values(settings))}."));
            },
            cancellationToken));
        return command;
    }

    private static void Print(SettingsResponse settings)
    {
        var members = SettingsJson.Members(Values(settings)).ToList();
        var width = members.Max(member => member.Name.Length);
        foreach (var (name, value) in members)
        {
            Console.WriteLine($"{name.PadRight(width)}  {value}");
        }

        Console.WriteLine(settings.UpdatedAt is { } at
            ? string.Create(CultureInfo.InvariantCulture, $"Version {settings.Version}, of {at.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {(settings.UpdatedBy is { } by ? $"by account {by}" : "by the console or an account that is gone")}.")
            : "Nobody has changed them.");
    }

    private static RecognitionSettings Values(SettingsResponse settings) => new()
    {
        FalseMatchRates = settings.FalseMatchRates,
        UpgradeAtVerification = settings.UpgradeAtVerification,
        RequireLiveness = settings.RequireLiveness,
    };

    private static Task RunAsync(Func<IMediator, Task> work, CancellationToken cancellationToken) =>
        CommandServices.RunAsync(services => work(services.GetRequiredService<IMediator>()), cancellationToken);

    private static async Task<T> SendAsync<T>(IMediator mediator, IRequest<ErrorOr<T>> request, CancellationToken cancellationToken)
    {
        var result = await mediator.Send(request, cancellationToken);
        return result.IsError ? throw RefusedException.For(result.Errors, account: null) : result.Value;
    }
}
