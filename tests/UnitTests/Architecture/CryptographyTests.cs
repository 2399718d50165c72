using System.Reflection;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using FaceId.Application.Users.SignIn;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Configuration;
using FaceId.UnitTests.Faces;
using FaceId.Web.Commands;
using Mono.Cecil;
using NetArchTest.Rules;

namespace FaceId.UnitTests.Architecture;

/// <summary>Cryptography is used where docs/security.md says so (ASVS 11.1.2), and none of the broken kinds (11.3.1, 11.4.1).</summary>
public sealed partial class CryptographyTests
{
    private const string Namespace = "System.Security.Cryptography";

    private static readonly Assembly[] Layers =
        [typeof(User).Assembly, typeof(Login).Assembly, typeof(FaceIdSettings).Assembly, typeof(CommandLine).Assembly];

    [Test]
    public void Every_type_that_uses_cryptography_is_in_the_inventory()
    {
        var inventory = File.ReadAllText(Path.Combine(Testbed.Repository, "docs/security.md"));
        var line = InventoryLine().Match(inventory).Groups[1].Value;
        var documented = Name().Matches(line).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal).ToList();

        var found = Layers
            .SelectMany(layer => Failing(layer, new MentionsNone(type => type.Namespace == Namespace)))
            .Select(name => name.Split('.')[^1].Split('/', '+')[0])
            .Distinct().Order(StringComparer.Ordinal).ToList();

        Assert.That(found, Is.EquivalentTo(documented), "Add or remove it in the line 'Types that use' of docs/security.md, and in the table above it what it is for.");
    }

    [Test]
    public void No_broken_or_home_made_cryptography_is_used()
    {
        Type[] forbidden =
        [
            typeof(Aes), typeof(AesCcm), typeof(DES), typeof(TripleDES), typeof(RC2), typeof(RSA), typeof(DSA), typeof(MD5), typeof(SHA1),
            typeof(HMACMD5), typeof(HMACSHA1), typeof(SymmetricAlgorithm), typeof(CryptoStream), typeof(Rfc2898DeriveBytes), typeof(ECDsa),
        ];
        var names = forbidden.Select(type => type.FullName!).ToHashSet();

        Assert.That(Layers.SelectMany(layer => Failing(layer, new MentionsNone(type => names.Contains(type.FullName)))), Is.Empty);
    }

    [Test]
    public void Accounts_take_no_secret_from_a_generator_that_can_be_foretold()
    {
        var failing = Layers.SelectMany(layer => Failing(layer, new MentionsNone(type => type.FullName == typeof(Random).FullName)))
            .Where(name => name.Contains(".Users.", StringComparison.Ordinal) || name.Contains(".Security.", StringComparison.Ordinal));

        Assert.That(failing, Is.Empty);
    }

    private static IEnumerable<string> Failing(Assembly assembly, ICustomRule rule) =>
        Types.InAssembly(assembly).Should().MeetCustomRule(rule).GetResult().FailingTypeNames ?? [];

    [GeneratedRegex("^Types that use `System.Security.Cryptography`: (.*?)\n\n", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex InventoryLine();

    [GeneratedRegex("`([A-Za-z]+)`")]
    private static partial Regex Name();

    private sealed class MentionsNone(Func<TypeReference, bool> unwanted) : ICustomRule
    {
        public bool MeetsRule(TypeDefinition type) => !UsesNoneOf.Mentions(type).Any(unwanted);
    }
}
