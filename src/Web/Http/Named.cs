namespace FaceId.Web.Http;

/// <summary>Names that a client made up, for repeating them to that client.</summary>
internal static class Named
{
    private const int Longest = 64;

    public static string Briefly(string name) => name.Length <= Longest ? name : $"{name.AsSpan(0, Longest)}…";
}
