using System.Globalization;
using System.Text;
using FaceId.Application.Users;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Persistence;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace FaceId.Web.Startup;

/// <summary>What the operator reads once the server is up.</summary>
internal sealed class Banner(IServer server, FaceIdSettings settings, Task<Database> database)
{
    /// <summary>Set at the start that made the first administrator; their password is never shown again.</summary>
    public CreatedAdmin? FirstAdmin { get; set; }

    public override string ToString()
    {
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses is { Count: > 0 } addresses
            ? string.Join("  ", addresses)
            : "(none)";
        var text = new StringBuilder()
            .AppendLine()
            .AppendLine("FaceId is ready.")
            .AppendLine(CultureInfo.InvariantCulture, $"  Address    {address}   (API: /scalar)")
            .AppendLine(CultureInfo.InvariantCulture, $"  Data       {settings.DataFolder}")
            .AppendLine(CultureInfo.InvariantCulture, $"  Database   {database.Result.Description}");
        if (FirstAdmin is { OneTimePassword: { } password } created)
        {
            text.AppendLine("  First administrator, shown this once:")
                .AppendLine(CultureInfo.InvariantCulture, $"    E-mail   {created.Email}")
                .AppendLine(CultureInfo.InvariantCulture, $"    Password {password}")
                .AppendLine("    It is good for seven days: choose another with POST /api/v1/me/password.");
        }

        return text.AppendLine("  Stop       Ctrl-C").ToString();
    }
}
