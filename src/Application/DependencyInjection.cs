using FaceId.Application.Common.Behaviours;
using FaceId.Application.Faces;
using FaceId.Application.Recognition;
using FaceId.Application.Recognition.Liveness;
using FaceId.Application.Users;
using FaceId.Application.Users.Consents;
using FaceId.Application.Users.Passkeys;
using FaceId.Application.Users.SecondFactor;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Application.Users.Sessions;
using FaceId.Application.Users.SignIn;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace FaceId.Application;

public static class DependencyInjection
{
    public static IServiceCollection AddApplication(this IServiceCollection services)
    {
        services.AddTransient<ServiceFactory>(provider => provider.GetService!);
        services.AddScoped<IMediator, Mediator>();

        // Every request passes these, outermost first.
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(TracingBehaviour<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(RecognitionLogBehaviour<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(CatchUpBehaviour<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(RefusalLogBehaviour<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(AuthorizationBehaviour<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(ValidationBehaviour<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(TransactionBehaviour<,>));

        services.AddScoped<OneTimeTokens>();
        services.AddScoped<AccountMails>();
        services.AddScoped<SecurityLog>();
        services.AddScoped<SessionRenewal>();
        services.AddScoped<SessionStarter>();
        services.AddScoped<OtherSessions>();
        services.AddScoped<SecondFactors>();
        services.AddScoped<SecondFactorErasure>();
        services.AddScoped<MfaEnrolment>();
        services.AddScoped<RecoveryCodes>();
        services.AddScoped<PasskeyUse>();
        services.AddSingleton<RefusalBound>();
        services.AddSingleton<AnswerTiming>();
        services.AddSingleton<CommonPasswords>();
        services.AddSingleton<PasswordPolicy>();
        services.AddScoped<PasswordRenewal>();
        services.AddScoped<UserCreation>();
        services.AddScoped<FirstAdmin>();
        services.AddScoped<SingleFace>();
        services.AddSingleton<Thresholds>();
        services.AddScoped<LivenessGate>();
        services.AddScoped<Identifier>();
        services.AddScoped<DuplicateFaces>();
        services.AddSingleton<EnrolmentTurns>();
        services.AddSingleton<UnreadableFaces>();
        services.AddSingleton<SearchThresholds>();
        services.AddScoped<ConsentWriter>();
        services.AddScoped<ConsentWithdrawal>();

        services.Scan(scan => scan.FromAssemblyOf<IAssemblyMarker>()
            .AddClasses(classes => classes.AssignableTo(typeof(IRequestHandler<,>)), publicOnly: false)
            .AsImplementedInterfaces().WithTransientLifetime()
            .AddClasses(classes => classes.AssignableTo(typeof(IValidator<>)), publicOnly: false)
            .AsImplementedInterfaces().WithSingletonLifetime());

        return services;
    }

    private interface IAssemblyMarker;
}
