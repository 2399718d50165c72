using System.Net;
using System.Text;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Faces;

public sealed class RefusedPhotosTests : ServerTests
{
    private static IEnumerable<TestCaseData> Refused()
    {
        yield return Case("no face", () => Photos.Empty, HttpStatusCode.UnprocessableEntity, "no_face");
        yield return Case("several faces", () => Photos.Group, HttpStatusCode.UnprocessableEntity, "several_faces");
        yield return Case("an empty body", () => [], HttpStatusCode.BadRequest, "image_unreadable");
        yield return Case("text", () => Encoding.UTF8.GetBytes("hello, I am no photo"), HttpStatusCode.BadRequest, "image_unreadable");
        yield return Case("a photo cut off", () => Photos.Portrait[..20_000], HttpStatusCode.BadRequest, "image_unreadable");
        yield return Case("HEIC", () => [0, 0, 0, 24, .. "ftypheic"u8, 0, 0, 0, 0, .. "mif1heic"u8], HttpStatusCode.UnsupportedMediaType, "image_format_unsupported");
        yield return Case("too many bytes", () => [.. Photos.Portrait, .. new byte[16 * 1024 * 1024]], HttpStatusCode.RequestEntityTooLarge, "image_too_large");
        yield return Case("a bomb of pixels", () => HugePng(), HttpStatusCode.RequestEntityTooLarge, "image_too_large");
    }

    [TestCaseSource(nameof(Refused))]
    public async Task A_photo_that_cannot_serve_is_refused_and_logged_once(Func<byte[]> photo, HttpStatusCode status, string code)
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();

        (await admin.EnrolAsync(john, photo())).ShouldBeProblem(status, code);
        (await admin.PostBytesAsync($"/api/v1/users/{john}/faces", photo(), "image/jpeg")).ShouldBeProblem(status, code);

        Assert.Multiple(async () =>
        {
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces"), Is.Zero);
            Assert.That(
                await ScalarAsync<long>($"SELECT count(*) FROM recognition_logs WHERE user_id = {john} AND action = 'failed' AND attempted = 'enroll' AND NOT success AND reason = '{code}' AND latency_ms > 0 AND ip_address = '127.0.0.1'"),
                Is.EqualTo(2));
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM recognition_logs"), Is.EqualTo(2));
        });
    }

    private static TestCaseData Case(string name, Func<byte[]> photo, HttpStatusCode status, string code) =>
        new TestCaseData(photo, status, code).SetArgDisplayNames(name);

    /// <summary>The header of a PNG of 60,000 x 60,000 pixels, which must be refused before anything is decoded.</summary>
    private static byte[] HugePng()
    {
        using var bitmap = new SkiaSharp.SKBitmap(8, 8);
        using var data = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100);
        var png = data.ToArray();
        foreach (var offset in (int[])[16, 20])
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(offset), 60_000);
        }

        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc32(png.AsSpan(12, 17)));
        return png;
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }

        return ~crc;
    }
}
