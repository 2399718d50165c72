using BenchmarkDotNet.Attributes;
using FaceId.Application.Users;

namespace FaceId.Benchmarks;

/// <summary>What a new password's check costs beside its hash: the list's loading, a look into it, and the whole policy.</summary>
[InProcess]
[MemoryDiagnoser]
public class PasswordBenchmarks
{
    private CommonPasswords _common = new();
    private readonly PasswordPolicy _policy;

    public PasswordBenchmarks() => _policy = new PasswordPolicy(new PasswordOptions(), _common);

    [Benchmark]
    public int Load() => (_common = new CommonPasswords()).Count;

    [Benchmark]
    public bool LookUp() => _common.Contains("correct horse battery");

    [Benchmark]
    public bool Check() => _policy.Check("correct horse battery", "ada@example.com", "Ada Lovelace").IsError;

    /// <summary>As long as passwords get, and all of it digits and signs around one letter, which has the most readings.</summary>
    [Benchmark]
    public bool CheckLongest() => _policy.Check(Longest, "ada@example.com", "Ada Lovelace").IsError;

    private static string Longest { get; } =
        string.Concat(Enumerable.Range(0, 64).Select(i => (char)('0' + (i * i * 7 + i) % 10))) + "a"
        + string.Concat(Enumerable.Range(0, 63).Select(i => (char)('!' + (i * i * 5 + i) % 14)));
}
