using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using FaceId.Application.Common;
using FaceId.Application.Users;

namespace FaceId.Web.Commands;

/// <summary>Accounts on the console.</summary>
internal static class UserTable
{
    /// <summary>As the API writes them.</summary>
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static void PrintJson(Page<UserResponse> page) => Console.WriteLine(JsonSerializer.Serialize(page, Json));

    public static void Print(Page<UserResponse> page)
    {
        string[][] rows =
        [
            ["ID", "E-MAIL", "ROLE", "STATE", "VERIFIED", "MFA", "MADE", "NAME"],
            .. page.Items.Select(user => new[]
            {
                user.Id.ToString(CultureInfo.InvariantCulture),
                Printable(user.Email),
                UsersCommand.NameOf(user.Role),
                user.IsActive ? "active" : "disabled",
                user.IsVerified ? "yes" : "no",
                user.MfaEnabled ? "yes" : "no",
                user.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                Printable(user.Name),
            }),
        ];
        var widths = Enumerable.Range(0, rows[0].Length - 1).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            Console.WriteLine(string.Join("  ", row.Select((cell, column) => column < widths.Length ? cell.PadRight(widths[column]) : cell)));
        }

        if (page.NextCursor is not null)
        {
            // Not among the rows, which may go through a pipe.
            Console.Error.WriteLine($"There are more: repeat the command with --cursor {page.NextCursor}");
        }
    }

    /// <summary>Rows may come from other programs, and a terminal obeys control characters.</summary>
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
