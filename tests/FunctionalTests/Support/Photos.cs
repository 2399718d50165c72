namespace FaceId.FunctionalTests.Support;

/// <summary>The photos that the tests use: real people's from Debian's libdlib19.1, and our own CC0 portraits.</summary>
internal static class Photos
{
    public static readonly string Repository = FindRepository();

    private static readonly string Examples =
        Environment.GetEnvironmentVariable("FACEID_DLIB_EXAMPLES") ?? "/usr/share/doc/libdlib19.1/examples";

    /// <summary>Two photos of one man.</summary>
    public static byte[] JohnSalley => John("John_Salley", 0);

    public static byte[] JohnSalleyAgain => John("John_Salley", 1);

    /// <summary>Another man.</summary>
    public static byte[] JohnSimm => John("John_Simm", 0);

    /// <summary>640x640, one face.</summary>
    public static byte[] Portrait => Read(Path.Combine(Repository, "tests/photos/female_0.jpg"));

    /// <summary>One face, stored with four inks as print shops do.</summary>
    public static byte[] PortraitInCmyk => Read(Path.Combine(Repository, "tests/photos/male_0_cmyk.jpg"));

    /// <summary>The same man in ordinary colours.</summary>
    public static byte[] PortraitInRgb => Read(Path.Combine(Repository, "tests/photos/male_0.jpg"));

    /// <summary>Several faces.</summary>
    public static byte[] Group => Read(Path.Combine(Examples, "faces/bald_guys.jpg"));

    /// <summary>No face at all: a plain grey picture, made here.</summary>
    public static byte[] Empty => EmptyPng.Value;

    private static readonly Lazy<byte[]> EmptyPng = new(() =>
    {
        using var bitmap = new SkiaSharp.SKBitmap(320, 240);
        bitmap.Erase(SkiaSharp.SKColors.Gray);
        using var data = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    });

    public static byte[] John(string name, int index) => Read(
        Directory.EnumerateFiles(Path.Combine(Examples, "johns", name), "*.jpg").Order(StringComparer.Ordinal).ElementAt(index));

    private static byte[] Read(string path) => File.Exists(path)
        ? File.ReadAllBytes(path)
        : throw new FileNotFoundException($"{path} is missing; build/test.sh installs libdlib19.1, which has it.");

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FaceId.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("The tests run inside the repository.");
    }
}
