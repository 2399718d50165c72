using FaceId.Application.Faces;
using FaceId.Domain.Faces;
using Npgsql;

namespace FaceId.Infrastructure.Search;

/// <summary>What the search needs of a row of <c>faces</c>: the template, or what another program or an earlier version stored instead.</summary>
internal readonly record struct GalleryRow(int FaceId, int UserId, string Model, byte[]? Encoding, byte[]? Template)
{
    /// <summary>The columns that <see cref="Read"/> takes, of a table or alias <c>f</c>.</summary>
    public static string Columns(bool templates) => templates
        ? $"f.id, f.user_id, f.model, CASE WHEN {Fused} THEN NULL ELSE f.encoding END, CASE WHEN {Fused} THEN f.template END"
        : "f.id, f.user_id, f.model, f.encoding, NULL::bytea";

    /// <summary>Whether a face is compared by dlib's vector, as SQL.</summary>
    public static string ByDlib(bool templates) => templates ? $"NOT ({Fused})" : "true";

    private const string Fused = $"f.template IS NOT NULL AND f.template_model IS NOT DISTINCT FROM '{FaceModels.Fused}'";

    /// <summary>Opens the vector of dlib, and writes its whole steps.</summary>
    /// <returns>The vector, and how far it is from its steps.</returns>
    /// <exception cref="TemplateUnreadableException">There is none that can be searched.</exception>
    public (FaceVector Vector, double Error) OpenDlib(ITemplateVault vault, Span<sbyte> steps)
    {
        if (Model != FaceModels.Dlib)
            throw new TemplateUnreadableException($"It was made by '{Model}', which is no model that is searched here.");
        var vector = vault.OpenEncoding(Encoding, Model, UserId);
        var error = DlibSteps.Round(vector.Values.Span, steps);
        return error <= DlibSteps.MostError
            ? (vector, error)
            : throw new TemplateUnreadableException("It holds numbers too large for any photo: delete it and enrol again.");
    }

    public static GalleryRow Read(NpgsqlDataReader reader, int at) => new(
        reader.GetInt32(at),
        reader.GetInt32(at + 1),
        reader.GetString(at + 2),
        reader.IsDBNull(at + 3) ? null : reader.GetFieldValue<byte[]>(at + 3),
        reader.IsDBNull(at + 4) ? null : reader.GetFieldValue<byte[]>(at + 4));
}
