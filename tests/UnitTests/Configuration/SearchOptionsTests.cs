using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Search;
using Microsoft.Extensions.Configuration;

namespace FaceId.UnitTests.Configuration;

/// <summary>What searches for faces, as the configuration sets it.</summary>
public sealed class SearchOptionsTests
{
    [Test]
    public void Without_settings_memory_is_searched() => Assert.That(Load(), Is.EqualTo(new SearchOptions(SearchOptions.Memory, SearchOptions.DefaultEfSearch)));

    [Test]
    public void Pgvector_is_set_with_what_it_means()
    {
        Assert.That(
            Load(("Search", " PgVector "), ("PgVector:AcceptUnencrypted", "true"), ("PgVector:EfSearch", "400")), Is.EqualTo(new SearchOptions(SearchOptions.PgVector, 400)));
    }

    [TestCase(null)]
    [TestCase("false")]
    public void Pgvector_is_refused_until_somebody_accepts_that_vectors_lie_unencrypted(string? accepted)
    {
        Assert.That(
            () => Load(("Search", "pgvector"), ("PgVector:AcceptUnencrypted", accepted)),
            Throws.TypeOf<StartupException>().With.Message.Contains("unencrypted").And.Message.Contains("FaceId:PgVector:AcceptUnencrypted=true"));
    }

    [TestCase("Search", "faiss", "memory or pgvector")]
    [TestCase("PgVector:AcceptUnencrypted", "yes", "true or false")]
    [TestCase("PgVector:EfSearch", "39", "40 to 1000")]
    [TestCase("PgVector:EfSearch", "1001", "40 to 1000")]
    [TestCase("PgVector:EfSearch", "many", "40 to 1000")]
    public void A_value_that_makes_no_sense_stops_the_start_and_is_named(string key, string value, string choices)
    {
        Assert.That(() => Load((key, value)), Throws.TypeOf<StartupException>().With.Message.Contains($"FaceId:{key}").And.Message.Contains(value).And.Message.Contains(choices));
    }

    private static SearchOptions Load(params (string Key, string? Value)[] settings) => SearchOptions.Load(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"FaceId:{setting.Key}", setting.Value))).Build());
}
