using FaceId.Application.Users.Imports;

namespace FaceId.Infrastructure.Users.Imports;

/// <summary>What a file begins with tells what it certainly is not.</summary>
internal static class Beginning
{
    /// <summary>Turns a pickle, whose reading runs whatever its maker wrote into it, into what is taken.</summary>
    public const string Converter =
        "python3 -c \"import pickle,json,sys; d=pickle.load(open(sys.argv[1],'rb')); json.dump({'encodings': [list(map(float, e)) for e in d['encodings']], 'names': list(d['names'])}, open(sys.argv[2],'w'))\" encodings.pickle encodings.json";

    /// <returns>How many bytes to pass over: those of a byte order mark.</returns>
    /// <exception cref="ImportSourceException">It is no text that is read here.</exception>
    public static int Check(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [] => throw new ImportSourceException(ImportErrors.Unreadable("There is nothing in it.")),
        [0xEF, 0xBB, 0xBF, ..] => 3,
        [0x80, >= 2 and <= 5, ..] => throw new ImportSourceException(ImportErrors.Unreadable(
            $"This is a Python pickle, and reading one runs the programs in it. Turn it into JSON where it is trusted, by {Converter} and import that.")),
        [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => throw new ImportSourceException(ImportErrors.Unreadable("This is UTF-16. Save it as UTF-8.")),
        [0x1F, 0x8B, ..] or [(byte)'P', (byte)'K', 3, 4, ..] => throw new ImportSourceException(ImportErrors.Unreadable("This is compressed. Unpack it first.")),
        _ when bytes.Contains((byte)0) => throw new ImportSourceException(ImportErrors.Unreadable("This is no text.")),
        _ => 0,
    };
}
