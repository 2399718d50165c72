using System.Diagnostics;
using System.Net;
using System.Runtime.Versioning;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Images;

/// <summary>Disks that are full, gone, or cannot be written to: a small one in memory.</summary>
[SupportedOSPlatform("linux")]
public sealed class DiskTests : ServerTests
{
    [Test]
    public async Task What_cannot_be_kept_is_not_enrolled_and_leaves_nothing()
    {
        var data = Directory.CreateTempSubdirectory("faceid-disk-").FullName;
        var images = Directory.CreateDirectory(Path.Combine(data, "images")).FullName;
        if (!await TryAsync("mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", images))
        {
            Directory.Delete(data, recursive: true);
            Assert.Ignore("Only root can mount the small disk that this test fills.");
        }

        try
        {
            await using var server = await ImageServer.StartAsync("original", data);
            using var admin = await server.AdminAsync();
            var john = await admin.CreatePersonAsync();

            (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);
            await RefusedAsync("the disk is full", Photos.Portrait, faces: 1);
            (await admin.EnrolAsync(john, Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.Created);

            await RunAsync("mount", "-o", "remount,ro", images);
            await RefusedAsync("cannot be written to", Photos.JohnSimm, faces: 2);

            await RunAsync("umount", images);
            Directory.Delete(images);
            await RefusedAsync("is gone", Photos.JohnSimm, faces: 0);

            async Task RefusedAsync(string why, byte[] photo, int faces)
            {
                var refused = (await admin.EnrolAsync(john, photo)).ShouldBeProblem(HttpStatusCode.ServiceUnavailable, "image_not_kept");
                Assert.Multiple(async () =>
                {
                    Assert.That(refused["detail"].GetString(), Does.Contain(why).And.Not.Contain(data));
                    Assert.That(server.Files.Count(), Is.EqualTo(faces));
                    Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces"), Is.EqualTo(faces == 0 ? 2 : faces));
                    Assert.That(await ScalarAsync<string>("SELECT reason FROM recognition_logs ORDER BY id DESC LIMIT 1"), Is.EqualTo("image_not_kept"));
                });
            }
        }
        finally
        {
            await TryAsync("umount", images);
        }
    }

    private static async Task RunAsync(string program, params string[] arguments) => Assert.That(await TryAsync(program, arguments), $"{program} {string.Join(' ', arguments)}");

    private static async Task<bool> TryAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }
}
