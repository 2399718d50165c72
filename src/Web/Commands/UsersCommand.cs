using System.CommandLine;
using System.Globalization;
using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Users;
using FaceId.Application.Users.SecondFactor;
using FaceId.Application.Users.Sessions;
using FaceId.Domain.Users;
using MediatR;

namespace FaceId.Web.Commands;

/// <summary><c>faceid users</c>: accounts, for an operator whom the API does not let in (any more). The rules are the API's.</summary>
internal static class UsersCommand
{
    private static readonly string[] Roles = [.. Enum.GetValues<Role>().Select(NameOf)];

    public static Command Create() => new("users", "Look after accounts from the console, beside the server or without it.")
    {
        List(),
        Make(),
        ResetPassword(),
        Change("disable", "Disable an account: its sessions end, and nobody can sign in to it.", new UpdateUser(0, IsActive: false), "is disabled, and its sessions have ended."),
        Change("enable", "Enable a disabled account.", new UpdateUser(0, IsActive: true), "is enabled."),
        Promote(),
        ResetMfa(),
        EndSessions(),
    };

    public static string NameOf(Role role) => role.ToString().ToLowerInvariant();

    private static ExampledCommand List()
    {
        var search = new Option<string?>("--search") { Description = "A part of the name or address, in any case." };
        var role = RoleOption("Only accounts of this role.");
        var limit = new Option<int>("--limit") { Description = $"How many at once, 1 to {Paging.MaxLimit}.", DefaultValueFactory = _ => Paging.DefaultLimit };
        var cursor = new Option<string?>("--cursor") { Description = "Go on where the list before ended." };
        var json = new Option<bool>("--json") { Description = "As the API writes it." };
        var command = new ExampledCommand(
            "list",
            "List accounts in the order they were made.",
            "faceid users list --role admin",
            "faceid users list --search example.com --limit 100",
            "faceid users list --json | jq -r '.items[].email'")
        {
            search, role, limit, cursor, json,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            async mediator =>
            {
                var page = await mediator.SendAsync(
                    new ListUsers(parsed.GetValue(search), RoleOf(parsed.GetValue(role)), Active: null, parsed.GetValue(limit), parsed.GetValue(cursor)),
                    account: null,
                    cancellationToken);
                if (parsed.GetValue(json))
                {
                    UserTable.PrintJson(page);
                }
                else
                {
                    UserTable.Print(page);
                }
            },
            cancellationToken));
        return command;
    }

    private static ExampledCommand Make()
    {
        var email = new Argument<string>("EMAIL") { Description = "The address of the new account." };
        var name = new Option<string>("--name") { Description = "The person's name.", Required = true };
        var role = RoleOption("What the account may do; user when left out.");
        var verified = new Option<bool>("--verified") { Description = "The address is known to be the person's own. Otherwise they get a mail that asks them." };
        var passwordInput = PasswordOption();
        var command = new ExampledCommand(
            "create",
            "Make an account, with a random password that is shown once.",
            "faceid users create ada@example.com --name 'Ada Lovelace' --verified",
            "faceid users create root@example.com --name Root --role admin --verified --password-stdin < password.txt")
        {
            email, name, role, verified, passwordInput,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var given = parsed.GetValue(passwordInput) ? await PasswordInput.ReadAsync(cancellationToken) : null;
            await RunAsync(
                async mediator =>
                {
                    var password = given ?? GeneratedPassword.New();
                    var user = await mediator.SendAsync(
                        new CreateUser(parsed.GetValue(email), parsed.GetValue(name), password, RoleOf(parsed.GetValue(role)), parsed.GetValue(verified), PasswordIsGenerated: given is null),
                        parsed.GetValue(email),
                        cancellationToken);
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Made account {user.Id}: {user.Email}, {NameOf(user.Role)}."));
                    ShowUnlessGiven(given, password);
                    if (!user.IsVerified)
                    {
                        Console.WriteLine("The address is not verified yet: until its owner has opened the link in the mail, they can do nothing else. " + Leaves);
                    }
                },
                cancellationToken);
        });
        return command;
    }

    private static ExampledCommand ResetPassword()
    {
        var account = AccountArgument();
        var mail = new Option<bool>("--mail") { Description = "Leave the password as it is, and mail a link with which the person sets a new one." };
        var passwordInput = PasswordOption();
        var command = new ExampledCommand(
            "reset-password",
            "Set a new random password, which is shown once, and end all sessions of the account.",
            "faceid users reset-password admin@faceid.local",
            "faceid users reset-password ada@example.com --mail",
            "faceid users reset-password ada@example.com --password-stdin < password.txt")
        {
            account, mail, passwordInput,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(mail) && result.GetValue(passwordInput))
            {
                result.AddError($"Give either --mail or {PasswordInput.Option}.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var given = parsed.GetValue(passwordInput) ? await PasswordInput.ReadAsync(cancellationToken) : null;
            await OnAccountAsync(
                parsed.GetValue(account)!,
                async (mediator, user) =>
                {
                    if (parsed.GetValue(mail))
                    {
                        await mediator.SendAsync(new SendPasswordReset(user.Id), user.Email, cancellationToken);
                        Console.WriteLine($"A mail with a link for a new password goes to {user.Email}. {Leaves}");
                        return;
                    }

                    var password = given ?? GeneratedPassword.New();
                    await mediator.SendAsync(new GivePassword(user.Id, password, Generated: given is null), user.Email, cancellationToken);
                    Console.WriteLine($"{user.Email} has a new password, and all its sessions have ended.");
                    ShowUnlessGiven(given, password);
                    TellWhatElseShutsTheDoor(user);
                },
                cancellationToken);
        });
        return command;
    }

    private static ExampledCommand Change(string name, string description, UpdateUser change, string done)
    {
        var account = AccountArgument();
        var command = new ExampledCommand(name, description, $"faceid users {name} ada@example.com") { account };
        command.SetAction((parsed, cancellationToken) => OnAccountAsync(
            parsed.GetValue(account)!,
            async (mediator, user) =>
            {
                await mediator.SendAsync(change with { UserId = user.Id }, user.Email, cancellationToken);
                Console.WriteLine($"{user.Email} {done}");
            },
            cancellationToken));
        return command;
    }

    private static ExampledCommand Promote()
    {
        var account = AccountArgument();
        var role = new Argument<string>("ROLE") { Description = "What the account may do from now on; admin when left out.", DefaultValueFactory = _ => "admin" }
            .AcceptOnlyFromAmong(Roles);
        var command = new ExampledCommand(
            "promote",
            "Give an account another role, higher or lower. Its sessions end.",
            "faceid users promote ada@example.com",
            "faceid users promote ada@example.com user")
        {
            account, role,
        };
        command.SetAction((parsed, cancellationToken) => OnAccountAsync(
            parsed.GetValue(account)!,
            async (mediator, user) =>
            {
                var wanted = RoleOf(parsed.GetValue(role))!.Value;
                await mediator.SendAsync(new UpdateUser(user.Id, Role: wanted), user.Email, cancellationToken);
                Console.WriteLine(user.Role == wanted
                    ? $"{user.Email} was {NameOf(wanted)} already."
                    : $"{user.Email} is {NameOf(wanted)} now, and its sessions have ended.");
            },
            cancellationToken));
        return command;
    }

    private static ExampledCommand ResetMfa()
    {
        var account = AccountArgument();
        var command = new ExampledCommand(
            "reset-mfa",
            "Take the second factor off somebody who lost it. Their sessions end, and they must set up a new one.",
            "faceid users reset-mfa ada@example.com")
        {
            account,
        };
        command.SetAction((parsed, cancellationToken) => OnAccountAsync(
            parsed.GetValue(account)!,
            async (mediator, user) =>
            {
                await mediator.SendAsync(new ResetMfa(user.Id), user.Email, cancellationToken);
                Console.WriteLine($"{user.Email} has no second factor any more, and must set up a new one at the next sign-in. All sessions have ended.");
            },
            cancellationToken));
        return command;
    }

    private static ExampledCommand EndSessions()
    {
        var account = AccountArgument();
        account.Arity = ArgumentArity.ZeroOrOne;
        var all = new Option<bool>("--all") { Description = "The sessions of everybody." };
        var command = new ExampledCommand(
            "end-sessions",
            "End all sessions of an account, or of everybody. API keys go on.",
            "faceid users end-sessions ada@example.com",
            "faceid users end-sessions --all")
        {
            account, all,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(account) is null != result.GetValue(all))
            {
                result.AddError("Give either EMAIL or --all.");
            }
        });
        command.SetAction((parsed, cancellationToken) => parsed.GetValue(account) is { } given
            ? OnAccountAsync(
                given,
                async (mediator, user) =>
                {
                    await mediator.SendAsync(new EndSessions(user.Id), user.Email, cancellationToken);
                    Console.WriteLine($"All sessions of {user.Email} have ended.");
                },
                cancellationToken)
            : RunAsync(
                async mediator =>
                {
                    var result = await mediator.SendAsync(new EndAllSessions(), account: null, cancellationToken);
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"All sessions have ended ({result.Ended}). Everybody must sign in anew."));
                },
                cancellationToken));
        return command;
    }

    private const string Leaves = "The server sends it within a minute, or when it starts.";

    private static Argument<string> AccountArgument() => new("EMAIL") { Description = "The account's address, or its number." };

    private static Option<string?> RoleOption(string description) =>
        new Option<string?>("--role") { Description = description }.AcceptOnlyFromAmong(Roles);

    private static Option<bool> PasswordOption() =>
        new(PasswordInput.Option) { Description = "Read the password from standard input instead; it is never an argument." };

    private static Role? RoleOf(string? name) => name is null ? null : Enum.Parse<Role>(name, ignoreCase: true);

    private static void ShowUnlessGiven(string? given, string password)
    {
        if (given is null)
        {
            Console.WriteLine($"Password   {password}   (shown this once; good for seven days)");
        }
    }

    /// <summary>A password alone does not let everybody in.</summary>
    private static void TellWhatElseShutsTheDoor(UserResponse user)
    {
        if (!user.IsActive)
        {
            Console.WriteLine($"The account is disabled. To let it in: faceid users enable {user.Email}");
        }

        if (user.MfaEnabled)
        {
            Console.WriteLine($"It has a second factor. If that is lost too: faceid users reset-mfa {user.Email}");
        }
    }

    private static Task RunAsync(Func<IMediator, Task> work, CancellationToken cancellationToken) =>
        CommandServices.RunAsync(services => work(services.GetRequiredService<IMediator>()), cancellationToken);

    private static Task OnAccountAsync(string account, Func<IMediator, UserResponse, Task> work, CancellationToken cancellationToken) => RunAsync(
        async mediator =>
        {
            IQuery<UserResponse> query = int.TryParse(account, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? new GetUser(id) : new FindUserByEmail(account);
            await work(mediator, await mediator.SendAsync(query, account, cancellationToken));
        },
        cancellationToken);

    /// <exception cref="RefusedException">The use case refuses.</exception>
    private static async Task<T> SendAsync<T>(this IMediator mediator, IRequest<ErrorOr<T>> request, string? account, CancellationToken cancellationToken)
    {
        var result = await mediator.Send(request, cancellationToken);
        return result.IsError ? throw RefusedException.For(result.Errors, account) : result.Value;
    }
}
