using System.Reflection;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SignIn;
using FaceId.Domain.Faces;
using FaceId.Domain.Recognition;
using FaceId.Domain.Reports;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Configuration;
using FaceId.Web.Commands;
using FluentValidation;
using MediatR;
using NetArchTest.Rules;

namespace FaceId.UnitTests.Architecture;

/// <summary>The dependency rules of the four layers. Each was seen to fail when broken on purpose.</summary>
public sealed class LayerTests
{
    private static readonly Assembly Domain = typeof(User).Assembly;
    private static readonly Assembly Application = typeof(Login).Assembly;
    private static readonly Assembly Infrastructure = typeof(FaceIdSettings).Assembly;
    private static readonly Assembly Web = typeof(CommandLine).Assembly;

    [Test]
    public void Domain_knows_no_other_layer_and_no_technology() => Assert.Multiple(() =>
    {
        AssertIndependent(Domain, "FaceId.Application", "FaceId.Infrastructure", "FaceId.Web");
        AssertIndependent(
            Domain, "Microsoft.EntityFrameworkCore", "Microsoft.AspNetCore", "Npgsql", "MediatR", "FluentValidation", "SkiaSharp", "Microsoft.ML", "MimeKit", "MailKit",
            "Hangfire");
    });

    [Test]
    public void Application_knows_the_domain_only_and_no_provider() => Assert.Multiple(() =>
    {
        AssertIndependent(Application, "FaceId.Infrastructure", "FaceId.Web");
        AssertIndependent(Application, "Npgsql", "Microsoft.AspNetCore", "SkiaSharp", "Microsoft.ML", "BCrypt", "Fido2NetLib", "MimeKit", "MailKit", "Hangfire");
    });

    [Test]
    public void Infrastructure_does_not_know_the_web() => AssertIndependent(Infrastructure, "FaceId.Web");

    [Test]
    public void Modules_of_the_domain_do_not_reach_into_each_other()
    {
        string[] modules = ["FaceId.Domain.Users", "FaceId.Domain.Faces", "FaceId.Domain.Recognition", "FaceId.Domain.Reports"];
        Assert.Multiple(() =>
        {
            foreach (var module in modules)
            {
                AssertHold(module, Types.InAssembly(Domain).That().ResideInNamespace(module)
                    .ShouldNot().HaveDependencyOnAny([.. modules.Where(other => other != module)]));
            }
        });
    }

    [TestCase("Users", typeof(FaceEncoding), typeof(RecognitionLog), typeof(Report))]
    [TestCase("Faces", typeof(User), typeof(RecognitionLog), typeof(Report))]
    [TestCase("Recognition", typeof(User), typeof(FaceEncoding), typeof(Report))]
    public void Modules_of_the_application_do_not_touch_each_others_entities(string module, params Type[] entities) =>
        AssertHold(module, Types.InAssembly(Application).That().ResideInNamespace($"FaceId.Application.{module}")
            .Should().MeetCustomRule(new UsesNoneOf(entities)));

    [Test]
    public void Handlers_and_validators_are_internal_and_sealed() => Assert.Multiple(() =>
    {
        foreach (var contract in (Type[])[typeof(IRequestHandler<,>), typeof(IValidator<>)])
        {
            AssertHold(contract.Name, Types.InAssembly(Application).That().ImplementInterface(contract)
                .Should().NotBePublic().And().BeSealed());
        }
    });

    [Test]
    public void Every_request_says_what_it_needs_of_its_caller()
    {
        var requests = Application.GetTypes().Where(IsRequest).ToList();
        Type[] answers = [typeof(RequiresAttribute), typeof(OwnAccountAttribute), typeof(AnonymousAttribute), typeof(InternalAttribute)];
        var silent = requests.Where(type => answers.Count(answer => type.IsDefined(answer)) != 1);

        Assert.That(requests, Has.Count.GreaterThan(10), "The requests were not found.");
        Assert.That(silent.Select(type => type.Name), Is.Empty, "Give each exactly one of [Requires(...)], [OwnAccount], [Anonymous] and [Internal].");
    }

    [Test]
    public void No_address_of_the_web_leads_to_an_internal_request()
    {
        var requests = Application.GetTypes().Where(type => type.IsDefined(typeof(InternalAttribute))).ToArray();

        Assert.That(requests, Is.Not.Empty);
        AssertHold("Web", Types.InAssembly(Web).Should().MeetCustomRule(new UsesNoneOf(requests)));
    }

    [Test]
    public void A_request_that_its_owner_may_send_says_whom_it_is_about()
    {
        var wrong = Application.GetTypes().Where(type =>
            type.GetCustomAttribute<RequiresAttribute>() is { OrOwner: true } && !type.IsAssignableTo(typeof(IAboutUser)));

        Assert.That(wrong.Select(type => type.Name), Is.Empty);
    }

    [Test]
    public void Every_permission_has_a_role() => Assert.Multiple(() =>
    {
        foreach (var permission in Enum.GetValues<Permission>())
        {
            Assert.That(() => Permissions.LeastRole(permission), Throws.Nothing, permission.ToString());
        }
    });

    [Test]
    public void Entities_can_only_be_changed_by_their_own_methods()
    {
        var open = Domain.GetTypes()
            .Where(type => type is { IsClass: true, IsPublic: true, IsAbstract: false })
            .SelectMany(type => type.GetProperties())
            .Where(property => property.SetMethod is { IsPublic: true } setter && !IsInitOnly(setter));

        Assert.That(open.Select(property => $"{property.DeclaringType!.Name}.{property.Name}"), Is.Empty);
    }

    [Test]
    public void The_wall_clock_is_asked_through_TimeProvider_only() => Assert.Multiple(() =>
    {
        foreach (var assembly in (Assembly[])[Domain, Application, Infrastructure, Web])
        {
            AssertHold(assembly.GetName().Name!, Types.InAssembly(assembly).Should().MeetCustomRule(new AsksNoWallClock()));
        }
    });

    private static bool IsRequest(Type type) =>
        type is { IsClass: true, IsAbstract: false } && type.GetInterfaces().Any(contract =>
            contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IRequest<>));

    private static bool IsInitOnly(MethodInfo setter) =>
        setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit));

    private static void AssertIndependent(Assembly assembly, params string[] forbidden) =>
        AssertHold(string.Join(", ", forbidden), Types.InAssembly(assembly).ShouldNot().HaveDependencyOnAny(forbidden));

    private static void AssertHold(string subject, ConditionList rule)
    {
        var result = rule.GetResult();
        Assert.That(result.FailingTypeNames ?? [], Is.Empty, subject);
    }
}
