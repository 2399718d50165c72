using System.Reflection;
using FaceId.Application.Users.SignIn;
using FaceId.Infrastructure.Configuration;
using FaceId.Web.Commands;
using Microsoft.Extensions.Logging;

namespace FaceId.UnitTests.Architecture;

public sealed class LogTests
{
    [Test]
    public void Every_log_message_has_an_id_of_its_own()
    {
        var messages = ((Assembly[])[typeof(Login).Assembly, typeof(FaceIdSettings).Assembly, typeof(CommandLine).Assembly])
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Select(method => (Method: $"{method.DeclaringType!.Name}.{method.Name}", Message: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(pair => pair.Message is not null)
            .ToLookup(pair => pair.Message!.EventId, pair => pair.Method);

        Assert.Multiple(() =>
        {
            Assert.That(messages, Has.Count.GreaterThan(10), "The messages were not found.");
            Assert.That(messages.Where(id => id.Key <= 0 || id.Distinct().Count() > 1).SelectMany(id => id), Is.Empty, "Give each a number that no other has.");
        });
    }
}
