using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace FaceId.Web.Endpoints;

/// <summary>The pages that mailed links lead to: they send the link's token to the API when their reader says so.</summary>
internal static class MailedLinkPages
{
    public static void MapMailedLinkPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        Map(pages, "/verify-email", "verify-email.html", "text/html; charset=utf-8");
        Map(pages, "/reset-password", "reset-password.html", "text/html; charset=utf-8");
        Map(pages, "/pages/mailed-link.css", "mailed-link.css", "text/css; charset=utf-8");
        Map(pages, "/pages/mailed-link.js", "mailed-link.js", "text/javascript; charset=utf-8");
    }

    private static void Map(IEndpointRouteBuilder pages, string address, string file, string type)
    {
        var content = Read(file);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8))}\"");
        pages.MapMethods(address, [HttpMethods.Get, HttpMethods.Head], FileContentHttpResult (HttpResponse response) =>
        {
            // Kept, but asked about each time, so that page and script are of one version.
            response.Headers.CacheControl = "no-cache";
            return TypedResults.Bytes(content, type, entityTag: tag);
        });
    }

    private static byte[] Read(string file)
    {
        using var stream = typeof(MailedLinkPages).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"{file} is missing in the program.");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
