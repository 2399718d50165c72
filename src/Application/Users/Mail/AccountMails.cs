using System.Globalization;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;

namespace FaceId.Application.Users;

/// <summary>The mails that accounts get, each queued in the transaction of the change it tells of.</summary>
public sealed class AccountMails(IMailOutbox outbox, AccountOptions options, ICaller caller, TimeProvider time)
{
    public void VerifyEmail(User user, string token) => Queue(MailKind.VerifyEmail, user, user.Email, new()
    {
        ["link"] = Link("verify-email", token),
        ["token"] = token,
        ["hours"] = Number(options.VerificationLifetime.TotalHours),
    });

    public void AddressAlreadyRegistered(User user) => Queue(MailKind.AddressAlreadyRegistered, user);

    public void ResetPassword(User user, string token) => Queue(MailKind.ResetPassword, user, user.Email, new()
    {
        ["link"] = Link("reset-password", token),
        ["token"] = token,
        ["minutes"] = Number(options.PasswordResetLifetime.TotalMinutes),
    });

    public void EmailChangeRequested(User user, Email address, string token)
    {
        Queue(MailKind.EmailChangeRequested, user, address.Value, new()
        {
            ["link"] = Link("verify-email", token),
            ["token"] = token,
            ["hours"] = Number(options.VerificationLifetime.TotalHours),
        });
        Queue(MailKind.EmailChangeNotice, user);
    }

    /// <summary>Tells the address that was.</summary>
    public void EmailChanged(User user, string formerAddress) => Queue(MailKind.EmailChanged, user, formerAddress, []);

    public void PasswordChanged(User user) => Queue(MailKind.PasswordChanged, user);

    public void NewSignIn(User user) => Queue(MailKind.NewSignIn, user);

    public void MfaEnabled(User user) => Queue(MailKind.MfaEnabled, user);

    public void MfaDisabled(User user) => Queue(MailKind.MfaDisabled, user);

    public void MfaReset(User user) => Queue(MailKind.MfaReset, user);

    public void MfaReset(User user, string token) => Queue(MailKind.MfaResetWithToken, user, user.Email, new()
    {
        ["token"] = token,
        ["hours"] = Number(options.VerificationLifetime.TotalHours),
    });

    public void RecoveryCodeUsed(User user, int left) =>
        Queue(MailKind.RecoveryCodeUsed, user, user.Email, new() { ["left"] = Number(left) });

    public void RecoveryCodesReissued(User user) => Queue(MailKind.RecoveryCodesReissued, user);

    public void PasskeyAdded(User user, string name) => Queue(MailKind.PasskeyAdded, user, user.Email, new() { ["name"] = name });

    public void PasskeyRemoved(User user, string name) => Queue(MailKind.PasskeyRemoved, user, user.Email, new() { ["name"] = name });

    public void SessionsRevoked(User user) => Queue(MailKind.SessionsRevoked, user);

    public void RoleChanged(User user) =>
        Queue(MailKind.RoleChanged, user, user.Email, new() { ["role"] = user.Role.ToString().ToLowerInvariant() });

    public void AccountDisabled(User user) => Queue(MailKind.AccountDisabled, user);

    /// <summary>The farewell; it is linked to nobody, because there is nobody left.</summary>
    public void AccountErased(User user, string receiptId, string receipt) =>
        Queue(MailKind.AccountErased, user, user.Email, new() { ["id"] = receiptId, ["receipt"] = receipt }, linked: false);

    public void ApiKeyCreated(User user, ApiKey key) =>
        Queue(MailKind.ApiKeyCreated, user, user.Email, new() { ["name"] = key.Name, ["prefix"] = key.Prefix });

    public void ConsentWithdrawn(User user) => Queue(MailKind.ConsentWithdrawn, user);

    public void InactiveAccountWarning(User user, int days) =>
        Queue(MailKind.InactiveAccountWarning, user, user.Email, new() { ["days"] = Number(days) });

    private void Queue(MailKind kind, User user) => Queue(kind, user, user.Email, []);

    private void Queue(MailKind kind, User user, string recipient, Dictionary<string, string> values, bool linked = true)
    {
        if (!Email.CanReceive(recipient))
        {
            return;
        }

        values["time"] = time.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        values["ip"] = caller.IpAddress ?? "unknown";
        values["device"] = caller.UserAgent ?? "unknown";
        outbox.Queue(new Mail(kind, $"{kind}:{Guid.CreateVersion7(time.GetUtcNow()):N}", linked && user.Id != 0 ? user.Id : null, recipient, user.Name, values));
    }

    private string Link(string page, string token) => new Uri(options.PublicUrl, $"{page}?token={token}").ToString();

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
